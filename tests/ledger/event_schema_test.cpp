// What event.capnp promises of itself.

#include <capnp/schema.h>
#include <catch2/catch.hpp>
#include <ledger/stored/event.capnp.h>

#include <set>
#include <string>
#include <vector>

namespace keyledger {

namespace {

std::uint32_t bits_of(capnp::schema::Type::Which type) {
    switch (type) {
        case capnp::schema::Type::UINT8:
            return 8;
        case capnp::schema::Type::UINT16:
            return 16;
        case capnp::schema::Type::UINT32:
            return 32;
        case capnp::schema::Type::UINT64:
        case capnp::schema::Type::INT64:
            return 64;
        default:
            return 0;  // a pointer; no other number is in use
    }
}

class Walk {
public:
    void visit(capnp::StructSchema schema) {
        if (!seen_.insert(schema.getProto().getId()).second) return;
        const auto proto = schema.getProto().getStruct();
        std::vector<bool> used(proto.getDataWordCount() * 64U);
        mark(schema, used);
        INFO(schema.getShortDisplayName().cStr());
        for (std::size_t bit = 0; bit < used.size(); ++bit)
            if (!used[bit]) FAIL_CHECK("bit " << bit << " is unused");
        ++structs_;
    }
    int structs() const { return structs_; }

private:
    void mark(capnp::StructSchema schema, std::vector<bool>& used) {
        const auto proto = schema.getProto().getStruct();
        if (proto.getDiscriminantCount() > 0) fill(used, proto.getDiscriminantOffset() * 16, 16);
        for (const auto field : schema.getFields()) {
            const auto type = field.getType();
            if (field.getProto().isGroup()) {
                mark(type.asStruct(), used);
            } else if (const std::uint32_t bits = bits_of(type.which()); bits > 0) {
                CHECK_FALSE(field.getProto().getSlot().getHadExplicitDefault());
                fill(used, field.getProto().getSlot().getOffset() * bits, bits);
            } else if (type.isStruct()) {
                visit(type.asStruct());
            } else if (type.isList()) {
                const auto element = type.asList().getElementType();
                if (element.isStruct()) visit(element.asStruct());
            } else {
                CHECK((type.isText() || type.isData()));
            }
        }
    }

    static void fill(std::vector<bool>& used, std::uint32_t from, std::uint32_t count) {
        for (std::uint32_t bit = from; bit < from + count; ++bit) used.at(bit) = true;
    }

    std::set<std::uint64_t> seen_;
    int structs_ = 0;
};

}  // namespace

TEST_CASE("no struct of the schema has a bit that no field uses") {
    Walk walk;
    walk.visit(capnp::Schema::from<stored::Event>());
    CHECK(walk.structs() == 31);
}

}  // namespace keyledger
