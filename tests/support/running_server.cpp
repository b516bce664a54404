#include "tests/support/running_server.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace keyledger {

RunningServer::RunningServer(ServerSettings settings)
    : log(std::make_shared<spdlog::logger>(
          "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text))),
      server(std::move(settings), service, *log),
      started(server.start()) {}

}  // namespace keyledger
