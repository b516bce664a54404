#include "projections/seal_check.hpp"

#include <cstddef>

namespace keyledger {
namespace {

// A server seals what it has just read and hashed: no more than this can come meanwhile.
constexpr std::size_t steps_max = 4'000'000;

}  // namespace

const char* SealCheck::add(const LeafLinks& links) {
    if (links.seal) return compare(links);
    if (links.stream.kind == StreamKind::key)
        note({links.seq, links.stream.key, links.stream_revision, false});
    for (const UseLink& use : links.uses) note({links.seq, use.key, use.total, true});
    return nullptr;
}

void SealCheck::note(const Step& step) {
    steps_.push_back(step);
    if (steps_.size() <= steps_max) return;
    taken_in_ = steps_.front().seq + 1;
    take_in(steps_.front());
    steps_.pop_front();
}

void SealCheck::take_in(const Step& step) {
    auto [found, is_first] = changed_.try_emplace(step.key, StreamTip{.key = step.key});
    StreamTip& tip = found->second;
    if (is_first) {
        const std::uint64_t place = heads_.position_of(step.key);
        if (place < heads_.keys() && heads_.tip(place).key == step.key) tip = heads_.tip(place);
    }
    tip.last_seq = step.seq;
    (step.is_use ? tip.total : tip.revision) = step.number;
}

const char* SealCheck::compare(const LeafLinks& links) {
    const SealLink& seal = *links.seal;
    if (seal.at_seq >= links.seq) return "seals what was to come";
    if (seal.at_seq + 1 < taken_in_) return "seals what was long ago";
    for (; !steps_.empty() && steps_.front().seq <= seal.at_seq; steps_.pop_front())
        take_in(steps_.front());
    taken_in_ = seal.at_seq + 1;
    heads_.change(changed_);
    changed_.clear();
    if (heads_.keys() != seal.keys || heads_.root() != seal.root)
        return "seals other heads than those of the events before it";
    return nullptr;
}

}  // namespace keyledger
