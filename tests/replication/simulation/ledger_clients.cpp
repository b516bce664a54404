#include "tests/replication/simulation/ledger_clients.hpp"

#include "ledger/base/sha256.hpp"
#include "tests/support/given.hpp"
#include "tests/support/random_history.hpp"

#include <algorithm>

namespace keyledger {

namespace {

constexpr Millis no_answer_after{2'000};
constexpr std::uint64_t quota = 12;

}  // namespace

void LedgerClients::start() {
    for (std::size_t number = 0; number < clients_.size(); ++number)
        ask_again(number, Millis(pick(500)));
}

bool LedgerClients::all_answered() const {
    return std::ranges::none_of(clients_,
                                [](const Client& client) { return client.asked.has_value(); });
}

void LedgerClients::ask_again(std::size_t number, Millis delay) {
    cluster_.time().after(delay, [this, number] { ask(number); });
}

// The leader as often as not, else any node.
void LedgerClients::ask(std::size_t number) {
    Client& client = clients_[number];
    if (!client.asked) {
        if (stopping_) return;
        client.asked = command();
        client.told = cluster_.history().told();
    }
    const auto nodes = cluster_.nodes();
    NodeId node = nodes[static_cast<std::size_t>(pick(static_cast<int>(nodes.size())))];
    if (const auto leader = cluster_.leader(); leader && pick(4) > 0) node = *leader;
    if (!cluster_.is_up(node)) return ask_again(number, Millis(20));
    const std::uint64_t tried = ++client.tries;
    cluster_.time().after(no_answer_after, [this, number, tried] {
        if (clients_[number].tries != tried || !clients_[number].asked) return;
        ask(number);
    });
    cluster_.submit(node, *client.asked, [this, number, tried](const Submitted& submitted) {
        answer(number, tried, submitted);
    });
}

void LedgerClients::answer(std::size_t number, std::uint64_t tried, const Submitted& submitted) {
    Client& client = clients_[number];
    if (client.tries != tried || !client.asked) return;  // it has asked elsewhere since
    if (const auto* why = std::get_if<Unavailable>(&submitted)) {
        if (*why == Unavailable::outcome_unknown) ++unknown_;
        ++client.tries;
        return ask_again(number, Millis(1 + pick(60)));
    }
    if (const auto* receipt = std::get_if<Receipt>(&submitted)) {
        if (receipt->events > 0)
            cluster_.history().answered(receipt->first_seq, receipt->events,
                                        client.asked->idempotency->slot);
        else
            cluster_.history().answered_without_events(receipt->seq, client.told);
        if (receipt->replayed) ++replayed_;
    }
    ++answered_;
    client.asked.reset();
    ask_again(number, Millis(1 + pick(100)));
}

Submission LedgerClients::command() {
    Submission submission = asked(any_command());
    const std::string name = "command " + std::to_string(++commands_);
    submission.idempotency = Idempotency{.slot = sha256(name), .request = sha256(name + "'s body")};
    submission.reason = name;
    return submission;
}

Command LedgerClients::any_command() {
    const auto any = static_cast<std::uint32_t>(1 + pick(static_cast<int>(keys_)));
    switch (pick(8)) {
        case 0:
        case 1: {
            CreateKey create = new_key(++keys_);
            if (pick(2) == 0) create.settings.quota = QuotaLimit{.limit = quota, .window = {}};
            return create;
        }
        case 2:
            return SuspendKey{key_id(any)};
        case 3:
            return ResumeKey{key_id(any)};
        case 4:
            if (any > 1 && pick(3) == 0) return RevokeKey{key_id(any)};
            [[fallthrough]];
        default:
            // The newer ones, so that quotas are spent.
            return use_of(digest_of(keys_ - static_cast<std::uint32_t>(pick(3)) % keys_),
                          static_cast<std::uint64_t>(1 + pick(3)));
    }
}

}  // namespace keyledger
