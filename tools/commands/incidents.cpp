// `keyledger keys revoke`: what must be quick and right at night.

#include "tools/client/curl.hpp"
#include "tools/commands/client_commands.hpp"
#include "tools/commands/revocation.hpp"

#include <algorithm>
#include <charconv>

namespace keyledger {

namespace {

constexpr std::size_t ids_a_call_max = 10'000;

constexpr Column revoked_columns[] = {
    {"ID", "id"},         {"LAST USED", "lastUsedAt"}, {"USES IN 24 H", "usesLast24h.total"},
    {"STATUS", "status"}, {"OWNER", "owner"},          {"NAME", "name"},
};

ExitCode early_end(const Results& results, ExitCode failed) {
    results.show();
    return failed;
}

std::string bulk_path(const Api& api) {
    return "/v1/workspaces/" + url_encoded(*api.line().value("workspace")) + "/keys:revoke";
}

// Why a revocation of an owner's keys found none.
ExitCode none_of_owner(Api& api, const std::string& owner) {
    HttpCall call;
    call.target = "/v1/workspaces/" + url_encoded(*api.line().value("workspace")) + "/keys" +
                  query_text({{"owner", owner}, {"limit", "1"}});
    const HttpAnswer answer = api.ask(call);
    if (answer.status == 403) {
        return api.fail("there was nothing to revoke: no key of " + owner +
                            ", or all were revoked before (to tell needs keys:read)",
                        ExitCode::success);
    }
    const Understood page = api.understand(answer, {"items"});
    const std::vector<JsonValue>* const items = page.value ? api.items_of(*page.value) : nullptr;
    if (!items) return page.value ? ExitCode::error : page.exit_code;
    if (items->empty()) return api.fail("no key of " + owner, ExitCode::not_found);
    return api.fail("all keys of " + owner + " were revoked before", ExitCode::success);
}

ExitCode revoke_of_owner(Api& api) {
    const std::string owner = *api.line().value("owner");
    RequestBody body(api.line());
    body.set("owner", json_text(owner));
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    const std::string what = "all keys of " + owner + " in " + *api.line().value("workspace");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    Results results(api, revoked_columns);
    if (const auto failed =
            results.take_items(part_of(api, 0, bulk_path(api), body.text()), "id")) {
        return early_end(results, *failed);
    }
    if (results.items().empty() && !api.prints_curl()) return none_of_owner(api, owner);
    return results.end("revoked");
}

// "/ids/17" -> "FILE:LINE: ID", of ids that came from a file; `begin` is the call's first.
PlaceNames places_in(const std::string& file, const std::vector<ListedLine>& ids,
                     std::size_t begin) {
    return [&file, &ids, begin](std::string_view place) {
        constexpr std::string_view before = "/ids/";
        std::size_t index = 0;
        const std::string_view digits = place.substr(std::min(before.size(), place.size()));
        const char* const digits_end = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), digits_end, index);
        const bool is_id = place.starts_with(before) && error == std::errc() && end == digits_end;
        if (!is_id || begin + index >= ids.size()) return std::string(place);
        return file + ":" + std::to_string(ids[begin + index].number);
    };
}

// One entry in the ledger for each call.
ExitCode revoke_in_workspace(Api& api, const std::vector<ListedLine>& ids) {
    const std::string file = api.line().value("ids-file").value_or("");
    Results results(api, revoked_columns);
    for (std::size_t begin = 0; begin < ids.size(); begin += ids_a_call_max) {
        const std::size_t end = std::min(begin + ids_a_call_max, ids.size());
        RequestBody body(api.line());
        std::vector<std::string> texts;
        for (std::size_t i = begin; i < end; ++i) texts.push_back(ids[i].text);
        body.set("ids", json_array(texts));
        body.remarks();
        if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
        const HttpCall call = part_of(api, begin / ids_a_call_max, bulk_path(api), body.text());
        if (!file.empty()) results.name_places(places_in(file, ids, begin));
        if (const auto failed = results.take_items(call, "id")) {
            api.fail("the ids of a call are revoked all or none: none of these " +
                         counted(end - begin, "key", "keys") + " was, as far as is known",
                     *failed);
            return early_end(results, *failed);
        }
    }
    if (results.items().empty() && !api.prints_curl()) {
        return api.fail("all of them were revoked before", ExitCode::success);
    }
    return results.end("revoked");
}

// A call for each key. One that fails does not keep the others from their end.
ExitCode revoke_each(Api& api, const std::vector<ListedLine>& ids) {
    RequestBody body(api.line());
    body.remarks();
    if (!body.problem().empty()) return api.fail(body.problem(), ExitCode::usage);
    ExitCode worst = ExitCode::success;
    Results results(api, revoked_columns);
    for (std::size_t part = 0; part < ids.size(); ++part) {
        const std::string& id = ids[part].text;
        const std::string target = "/v1/keys/" + url_encoded(id) + ":revoke";
        if (const auto failed = results.take_key(part_of(api, part, target, body.text()))) {
            worst = api.fail(id + " was not revoked, as far as is known", *failed);
        }
    }
    const ExitCode shown = results.end("revoked");
    return worst == ExitCode::success ? shown : worst;
}

std::string fault_of_revoke(const CommandLine& line) {
    const int ways = (line.has("owner") ? 1 : 0) + (line.has("ids-file") ? 1 : 0) +
                     (line.arguments.empty() ? 0 : 1);
    if (ways != 1) return "say which: key ids, --ids-file FILE, or --owner TEXT";
    const bool needs_workspace = line.has("owner") || line.has("ids-file");
    if (needs_workspace && !line.has("workspace")) return "--workspace is missing";
    const bool bulk = line.has("workspace") || line.arguments.size() > 1;
    if (line.has("if-match") && bulk) return "--if-match is for one key, without --workspace";
    return {};
}

}  // namespace

ExitCode revoke_keys(Api& api) {
    const CommandLine& line = api.line();
    const std::string fault = fault_of_revoke(line);
    if (!fault.empty()) return api.fail(fault, ExitCode::usage);
    if (line.has("owner")) return revoke_of_owner(api);
    std::vector<ListedLine> ids;
    for (const std::string& id : line.arguments) ids.push_back({0, id});
    if (const auto file = line.value("ids-file")) {
        ListedLines read = read_lines(*file);
        if (!read.problem.empty()) return api.fail(read.problem, ExitCode::error);
        ids = std::move(read.lines);
    }
    if (ids.empty()) return api.fail("there are no ids in the file", ExitCode::usage);
    const std::string what =
        ids.size() == 1 ? ids.front().text : counted(ids.size(), "key", "keys");
    if (const auto refused = refused_by_person(api, what)) return *refused;
    return line.has("workspace") ? revoke_in_workspace(api, ids) : revoke_each(api, ids);
}

}  // namespace keyledger
