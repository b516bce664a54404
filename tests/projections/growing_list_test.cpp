#include "projections/growing_list.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

namespace keyledger {

TEST_CASE("a list holds what was put in, in order, over many chunks") {
    GrowingList<std::size_t> list;
    std::deque<std::size_t> numbers;
    CHECK(list.size() == 0);
    for (std::size_t i = 0; i < 5000; ++i) {
        list.push_back(numbers.emplace_back(i));
        REQUIRE(list.size() == i + 1);
        REQUIRE(list[i] == i);
    }
    for (std::size_t i = 0; i < 5000; ++i) REQUIRE(&list[i] == &numbers[i]);
}

TEST_CASE("whoever sees a size sees all that it counts") {
    constexpr std::size_t total = 20'000;
    GrowingList<std::size_t> list;
    std::deque<std::size_t> numbers;
    std::atomic<int> wrong = 0, reading = 0;
    const auto read = [&] {
        ++reading;
        std::size_t seen = 0;
        while (seen < total) {
            const std::size_t size = list.size();
            wrong += size < seen ? 1 : 0;
            for (; seen < size; ++seen) wrong += list[seen] == seen ? 0 : 1;
            if (size > 0) wrong += list[size / 2] == size / 2 ? 0 : 1;
        }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) readers.emplace_back(read);
    while (reading < 2) std::this_thread::yield();
    for (std::size_t i = 0; i < total; ++i) list.push_back(numbers.emplace_back(i));
    for (std::thread& reader : readers) reader.join();
    CHECK(wrong == 0);
}

}  // namespace keyledger
