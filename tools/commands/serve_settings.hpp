#pragma once
// What each part of a server takes out of the settings.

#include "http/server.hpp"
#include "replication/checkpoint_signer.hpp"
#include "replication/sequencer.hpp"
#include "tools/settings.hpp"

#include <spdlog/fwd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace keyledger {

// `threads` are those that answer, since the settings may leave their number open.
ServerSettings server_settings(const Settings& settings, std::size_t threads);
// `node` is this directory's own id.
SequencerSettings sequencer_settings(const Settings& settings, std::uint64_t node);
// A copy that can't be written is logged; `logger` outlives them.
CheckpointPlaces checkpoint_places(const Settings& settings, spdlog::logger& logger);

// That of the listener at `place`, with the port of `ports` that it got; and of all, with commas.
std::string address_of(const Settings& settings, const std::vector<std::uint16_t>& ports,
                       std::size_t place = 0);
std::string addresses_of(const Settings& settings, const std::vector<std::uint16_t>& ports);

}  // namespace keyledger
