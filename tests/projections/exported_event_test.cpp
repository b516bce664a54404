// Exported events against what the formats' own schemas require.

#include "projections/export/exported_event.hpp"

#include "http/json_document.hpp"
#include "projections/export/event_json.hpp"
#include "tests/ledger/vector_files.hpp"
#include "tests/support/golden_events.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace keyledger {

namespace {

const Uuid ledger{1};

JsonValue parsed(const std::string& text) {
    FaultList faults;
    std::optional<JsonValue> value = parse_json(text, faults);
    INFO(text);
    REQUIRE(value);
    REQUIRE(faults.empty());
    return *value;
}

JsonValue exported(ExportFormat format, const Event& event) {
    std::string out;
    append_exported(out, format, event, {}, ledger);
    CHECK(out.find('\n') == std::string::npos);
    return parsed(out);
}

std::string text_of(const JsonValue& object, std::string_view name) {
    const JsonValue* member = object.find(name);
    INFO(name);
    REQUIRE(member);
    return member->text;
}

// Every event of tests/support/golden_events.cpp, which has one of each kind and a few bare ones.
template <class Check>
void each_event(Check check) {
    for (const Event& event : golden_events()) {
        INFO(type_name(event.body) << " of seq " << event.envelope.seq);
        check(event);
    }
}

const JsonValue& member(const JsonValue& object, std::string_view name) {
    const JsonValue* found = object.find(name);
    INFO(name);
    REQUIRE(found);
    return *found;
}

// What an OCSF object or class says of itself.
class Definition {
public:
    explicit Definition(const std::string& name)
        : file_(parsed(read_vector("ocsf/1.8.0/" + name + ".json"))) {}

    void check(const JsonValue& object) const {
        for (const JsonValue& attribute : member(file_, "attributes").items) {
            const JsonValue* requirement = attribute.find("requirement");
            const bool is_required = requirement && requirement->text == "required";
            INFO(attribute.name << " of " << member(file_, "name").text);
            if (is_required) CHECK(object.find(attribute.name));
        }
        const JsonValue* constraints = file_.find("constraints");
        const JsonValue* any_of = constraints ? constraints->find("at_least_one") : nullptr;
        if (!any_of) return;
        INFO(to_json(object));
        CHECK(std::ranges::any_of(any_of->items, [&](const JsonValue& name) {
            return object.find(name.text) != nullptr;
        }));
    }

    bool has_activity(const std::string& id) const {
        return member(member(member(file_, "attributes"), "activity_id"), "enum").find(id);
    }

private:
    JsonValue file_;
};

}  // namespace

TEST_CASE("a line of ndjson is the event as it is shown in answers") {
    each_event([](const Event& event) {
        std::string shown;
        append_event(shown, event, {});
        CHECK(exported(ExportFormat::ndjson, event) == parsed(shown));
    });
}

TEST_CASE("cloud events have what the schema of CloudEvents requires") {
    const JsonValue schema = parsed(read_vector("cloudevents/cloudevents.schema.json"));
    std::set<std::string> known;
    for (const JsonValue& property : member(schema, "properties").items)
        known.insert(property.name);
    each_event([&](const Event& event) {
        const JsonValue line = exported(ExportFormat::cloudevents, event);
        for (const JsonValue& name : member(schema, "required").items) {
            CHECK_FALSE(text_of(line, name.text).empty());
        }
        for (const JsonValue& attribute : line.items) {
            INFO(attribute.name);
            if (attribute.name == "data") continue;
            CHECK(attribute.kind == JsonKind::string);
            CHECK_FALSE(attribute.text.empty());
            if (known.contains(attribute.name)) continue;
            CHECK(attribute.name.size() <= 20);  // CloudEvents 1.0, 3.1: names of extensions
            CHECK(std::ranges::all_of(attribute.name, [](char character) {
                return (character >= 'a' && character <= 'z') ||
                       (character >= '0' && character <= '9');
            }));
        }
        CHECK(parse_rfc3339(text_of(line, "time")) == event.envelope.time);
    });
}

TEST_CASE("a cloud event says what happened to which key, by whom and when in which order") {
    const Event revoked = golden_events()[8];
    const JsonValue line = exported(ExportFormat::cloudevents, revoked);
    CHECK(text_of(line, "type") == "io.keyledger.key_revoked");
    CHECK(text_of(line, "source") == "urn:uuid:01000000-0000-0000-0000-000000000000");
    CHECK(text_of(line, "id") == to_text(revoked.envelope.id));
    CHECK(text_of(line, "subject") == to_text(*key_of(revoked.body)));
    CHECK(text_of(line, "partitionkey") == to_text(*key_of(revoked.body)));
    CHECK(text_of(line, "sequence") == "00072623859790382856");
    CHECK(text_of(line, "authtype") == "api_key");
    CHECK(text_of(line, "authid") == to_text(revoked.envelope.actor.id));
    CHECK(text_of(line, "correlationid") == "req-0001");
    CHECK(member(line, "data") == [&] {
        JsonValue shown = exported(ExportFormat::ndjson, revoked);
        shown.name = "data";
        return shown;
    }());
}

TEST_CASE("OCSF events have what their classes require") {
    const Definition base("events/base_event"), metadata("objects/metadata");
    const Definition actor("objects/actor"), entity("objects/managed_entity"), api("objects/api");
    const Definition user("objects/user");
    const std::map<std::string, Definition> classes{
        {"3004", Definition("events/iam/entity_management")},
        {"6003", Definition("events/application/api_activity")},
        {"1008", Definition("events/system/event_log_activity")}};
    each_event([&](const Event& event) {
        const JsonValue line = exported(ExportFormat::ocsf, event);
        const std::string uid = text_of(line, "class_uid");
        REQUIRE(classes.contains(uid));
        base.check(line);
        classes.at(uid).check(line);
        metadata.check(member(line, "metadata"));
        actor.check(member(line, "actor"));
        if (const JsonValue* who = member(line, "actor").find("user")) user.check(*who);
        if (uid == "3004") entity.check(member(line, "entity"));
        if (uid == "6003") api.check(member(line, "api"));
        const std::string activity = text_of(line, "activity_id");
        CHECK((activity == "99" || classes.at(uid).has_activity(activity)));
        CHECK(text_of(line, "category_uid") == uid.substr(0, 1));
        CHECK(std::stoul(text_of(line, "type_uid")) ==
              std::stoul(uid) * 100 + std::stoul(activity));
        CHECK(text_of(line, "time") ==
              std::to_string(event.envelope.time.time_since_epoch().count()));
    });
}

TEST_CASE("in OCSF a revocation disables a key, and checks are counted") {
    const auto events = golden_events();
    const JsonValue revoked = exported(ExportFormat::ocsf, events[8]);
    CHECK(text_of(revoked, "type_uid") == "300409");
    CHECK(text_of(member(revoked, "entity"), "uid") == to_text(*key_of(events[8].body)));
    CHECK(text_of(revoked, "comment") == events[8].envelope.reason.value);
    CHECK(text_of(member(revoked, "src_endpoint"), "ip") == "192.0.2.7");
    const JsonValue used = exported(ExportFormat::ocsf, events[9]);
    CHECK(text_of(used, "class_uid") == "6003");
    CHECK(text_of(used, "count") == "4000000001");
    CHECK(text_of(used, "start_time") == "1795294383000");
    CHECK(text_of(used, "end_time") == "1795294384000");
    CHECK(member(used, "resources").items.size() == 2);
}

TEST_CASE("an unknown format is none") {
    CHECK(parse_export_format("ocsf") == ExportFormat::ocsf);
    CHECK_FALSE(parse_export_format("OCSF"));
    CHECK_FALSE(parse_export_format(""));
}

}  // namespace keyledger
