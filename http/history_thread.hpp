#pragma once
// Where the past is read for those who ask over HTTP: a thread of its own with a lower priority, so
// that a check never waits behind a long look into the log. Another one makes backups.

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace keyledger {

// `run` and `once` on any HTTP thread. They take what they call by name, since GCC 12 destroys an
// owning temporary of a co_await expression twice; it must last until they resume.
class HistoryThread {
public:
    // `name` is shown where the system lists threads; at most 15 characters.
    explicit HistoryThread(const char* name = "history");
    ~HistoryThread();  // stops
    HistoryThread(const HistoryThread&) = delete;
    HistoryThread& operator=(const HistoryThread&) = delete;

    // Calls `turn` on the history thread again and again, until it returns false, with the turns
    // of all other readers in between. Resumes on the caller's thread. Where the caller is
    // cancelled, no further turn is begun, and operation_aborted is thrown.
    template <class Turn>
    boost::asio::awaitable<void> run(const Turn& turn) {
        return take({&turn, [](const void* it) { return (*static_cast<const Turn*>(it))(); }});
    }
    // Calls `turn` there once.
    template <class Turn>
    boost::asio::awaitable<void> once(const Turn& turn) {
        return take({&turn, [](const void* it) {
                         (*static_cast<const Turn*>(it))();
                         return false;
                     }});
    }

    // Lets go of `held` there, since that may wait for the disk; any thread. Here, where it has
    // stopped.
    void destroy_there(std::shared_ptr<void> held);

    // After the HTTP threads have ended, and before what they belong to is destroyed: whoever still
    // waits here is handed back, to be destroyed there.
    void stop();

private:
    struct Reading;
    struct Reader;
    struct Turns {
        const void* it;
        bool (*call)(const void* it);
    };
    boost::asio::awaitable<void> take(Turns turns);
    void take_turn(std::shared_ptr<Reader> reader);

    std::unique_ptr<Reading> reading_;
};

}  // namespace keyledger
