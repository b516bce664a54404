#include "http/admin/workspace_body.hpp"

#include "http/text/error_dialect.hpp"
#include "tests/http/faults.hpp"

namespace keyledger {
namespace {

using Problem = FieldProblem;

const std::string live = R"({"name":"live","tag":"live"})";

std::string document_with(const std::string& members) {
    return R"({"slug":"acme","name":"Acme","prefix":"ac","environments":[)" + live + "]" +
           (members.empty() ? "" : "," + members) + "}";
}

WorkspaceDocument full_document() {
    const auto body = parse_workspace(R"({
        "slug": "horneross", "name": "Horneross", "prefix": "hr",
        "environments": [
            {"name": "production", "tag": "sk", "rateLimit": {"limit": 300, "window": "1m"}},
            {"name": "dev", "tag": "sk", "rateLimit": null}],
        "scopes": [{"name": "agents:read", "description": "Leer agentes"},
                   {"name": "a:b", "description": ""}, {"name": "c:*"}],
        "emptyScopes": "all", "onStale": "serve", "locale": "es",
        "errors": {"contentType": "application/vnd.x+json; charset=utf-8",
                   "body": {"error": {"code": "{name}", "n": [1, null, 2.50]}},
                   "messages": {"401": "inválida", "revoked": "\"Ya\"\n{no}"},
                   "names": {"403": "forbidden"}},
        "reason": "new", "force": true})");
    REQUIRE(body);
    CHECK(body->remarks.reason == "new");
    CHECK(body->remarks.force);
    return body->document;
}

TEST_CASE("a workspace document is read with every field") {
    const WorkspaceDocument document = full_document();
    CHECK(document.slug == "horneross");
    CHECK(document.prefix == "hr");
    REQUIRE(document.environments.size() == 2);
    CHECK(document.environments[0] ==
          Environment{"production", "sk", RateLimit{300, std::chrono::minutes(1)}});
    CHECK(document.environments[1] == Environment{"dev", "sk", std::nullopt});
    CHECK(document.scopes ==
          std::vector<ScopeEntry>{{"agents:read", "Leer agentes"}, {"a:b", ""}, {"c:*", ""}});
    CHECK(document.empty_scopes == EmptyScopes::all);
    CHECK(document.on_stale == OnStale::serve);
    CHECK(document.locale == Locale::es);
    REQUIRE(document.errors);
    CHECK(document.errors->content_type == "application/vnd.x+json; charset=utf-8");
    CHECK(document.errors->body == R"({"error":{"code":"{name}","n":[1,null,2.50]}})");
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(document.errors->messages == Pairs{{"401", "inválida"}, {"revoked", "\"Ya\"\n{no}"}});
    CHECK(document.errors->names == Pairs{{"403", "forbidden"}});
}

TEST_CASE("what a document leaves out has its default") {
    for (const char* members :
         {"", R"("scopes":null,"emptyScopes":null,"onStale":null,"locale":null,"errors":null)"}) {
        const auto body = parse_workspace(document_with(members));
        REQUIRE(body);
        WorkspaceDocument expected;
        expected.slug = "acme";
        expected.name = "Acme";
        expected.prefix = "ac";
        expected.environments = {{"live", "live", std::nullopt}};
        CHECK(body->document == expected);
        CHECK(body->document.empty_scopes == EmptyScopes::none);
        CHECK(body->document.on_stale == OnStale::deny);
        CHECK(body->document.locale == Locale::en);
    }
    const auto dialect = parse_workspace(document_with(R"("errors":{"body":"{message}"})"));
    REQUIRE(dialect);
    CHECK(dialect->document.errors == ErrorDialect{"application/json", "\"{message}\"", {}, {}});
}

TEST_CASE("a field that a document needs and lacks is blamed") {
    CHECK(blames_of(parse_workspace("{}")) == sorted({{"/slug", Problem::missing_field},
                                                      {"/name", Problem::missing_field},
                                                      {"/prefix", Problem::missing_field},
                                                      {"/environments", Problem::missing_field}}));
    CHECK(blames_of(parse_workspace("")) == std::vector<Blame>{{"", Problem::empty_body}});
    CHECK(blames_of(parse_workspace("[]")) == std::vector<Blame>{{"", Problem::not_an_object}});
}

TEST_CASE("a wrong field of a document is blamed for what is wrong with it") {
    const auto errors = [](const std::string& members) {
        return "\"errors\":{\"body\":{}," + members + "}";
    };
    std::string texts;
    for (int i = 400; i <= 500; ++i) texts += "\"" + std::to_string(i) + "\":\"x\",";
    texts.pop_back();
    std::string placeholders;
    for (std::size_t i = 0; i <= placeholders_max; ++i) placeholders += "{code}";
    const std::vector<std::pair<std::string, Blame>> wrong{
        {R"("scopes":{})", {"/scopes", Problem::not_an_array}},
        {R"("scopes":["a:b"])", {"/scopes/0", Problem::not_an_object}},
        {R"("scopes":[{"name":"no colon"}])", {"/scopes/0/name", Problem::not_a_scope}},
        {R"("scopes":[{}])", {"/scopes/0/name", Problem::missing_field}},
        {R"("scopes":[{"name":"a:b"},{"name":"a:b"}])",
         {"/scopes/1/name", Problem::duplicate_item}},
        {R"("scopes":[{"name":"a:b","description":5}])",
         {"/scopes/0/description", Problem::not_a_string}},
        {"\"scopes\":[{\"name\":\"a:b\",\"description\":\"" + std::string(501, 'x') + "\"}]",
         {"/scopes/0/description", Problem::too_long}},
        {R"("emptyScopes":"some")", {"/emptyScopes", Problem::not_one_of}},
        {R"("emptyScopes":true)", {"/emptyScopes", Problem::not_a_string}},
        {R"("onStale":"maybe")", {"/onStale", Problem::not_one_of}},
        {R"("locale":"ES")", {"/locale", Problem::not_one_of}},
        {R"("surprise":1)", {"/surprise", Problem::unknown_field}},
        {R"("revision":1)", {"/revision", Problem::unknown_field}},
        {R"("errors":"x")", {"/errors", Problem::not_an_object}},
        {R"("errors":{})", {"/errors/body", Problem::missing_field}},
        {errors(R"("extra":1)"), {"/errors/extra", Problem::unknown_field}},
        {errors(R"("contentType":5)"), {"/errors/contentType", Problem::not_a_string}},
        {errors(R"("contentType":"text/html")"), {"/errors/contentType", Problem::not_a_json_type}},
        {errors(R"("contentType":"application/json\r\nX-Evil: 1")"),
         {"/errors/contentType", Problem::not_a_json_type}},
        {errors(R"("messages":[])"), {"/errors/messages", Problem::not_an_object}},
        {errors(R"("messages":{"401":5})"), {"/errors/messages/401", Problem::not_a_string}},
        {errors(R"("messages":{"401":""})"), {"/errors/messages/401", Problem::empty_text}},
        {errors(R"("messages":{"401":"\u0000"})"),
         {"/errors/messages/401", Problem::control_character}},
        {errors("\"messages\":{\"401\":\"" + std::string(501, 'x') + "\"}"),
         {"/errors/messages/401", Problem::too_long}},
        {errors(R"("messages":{"nonsense":"x"})"),
         {"/errors/messages/nonsense", Problem::not_a_code_or_status}},
        {errors(R"("messages":{"valid":"x"})"),
         {"/errors/messages/valid", Problem::not_a_code_or_status}},
        {errors(R"("names":{"200":"x"})"), {"/errors/names/200", Problem::not_a_code_or_status}},
        {errors(R"("names":{"4010":"x"})"), {"/errors/names/4010", Problem::not_a_code_or_status}},
        {errors(R"("names":{"40x":"x"})"), {"/errors/names/40x", Problem::not_a_code_or_status}},
        {errors(R"("names":{"":"x"})"), {"/errors/names/", Problem::not_a_code_or_status}},
        {errors("\"names\":{" + texts + "}"), {"/errors/names", Problem::too_many_items}},
        {"\"errors\":{\"body\":\"" + std::string(dialect_body_bytes_max, 'x') + "\"}",
         {"/errors/body", Problem::too_large}},
        {"\"errors\":{\"body\":[\"" + placeholders + "\"]}",
         {"/errors/body", Problem::too_many_placeholders}},
        {R"("errors":{"body":{"a":1,"a":2}})", {"/errors/body/a", Problem::duplicate_member}},
    };
    for (const auto& [members, blame] : wrong) {
        INFO(members.substr(0, 100));
        CHECK(blames_of(parse_workspace(document_with(members))) == std::vector<Blame>{blame});
    }
}

TEST_CASE("a wrong slug, name, prefix or environment is blamed") {
    const auto with = [](const std::string& slug, const std::string& name,
                         const std::string& prefix, const std::string& environments) {
        return "{\"slug\":" + slug + ",\"name\":" + name + ",\"prefix\":" + prefix +
               ",\"environments\":" + environments + "}";
    };
    const std::string list = "[" + live + "]";
    CHECK(parse_workspace(with("\"a\"", "\"n\"", "\"p\"", list)));
    for (const char* slug : {"\"Upper\"", "\"a/b\"", "\"\"", "\"-a\"", "\"a-\"", "\"a_b\""}) {
        INFO(slug);
        CHECK(blames_of(parse_workspace(with(slug, "\"n\"", "\"p\"", list))) ==
              std::vector<Blame>{{"/slug", Problem::not_a_slug}});
    }
    for (const char* prefix : {"\"Hr\"", "\"a_b\"", "\"\"", "\"aaaaaaaaaaaaaaaaa\""}) {
        INFO(prefix);
        CHECK(blames_of(parse_workspace(with("\"a\"", "\"n\"", prefix, list))) ==
              std::vector<Blame>{{"/prefix", Problem::not_a_tag}});
    }
    const std::vector<std::pair<std::string, Problem>> names{
        {"null", Problem::not_a_string},
        {"\"\"", Problem::empty_text},
        {"\"" + std::string(201, 'x') + "\"", Problem::too_long},
        {"\"a\\nb\"", Problem::control_character}};
    for (const auto& [name, problem] : names) {
        INFO(name);
        CHECK(blames_of(parse_workspace(with("\"a\"", name, "\"p\"", list))) ==
              std::vector<Blame>{{"/name", problem}});
    }
    std::string many = "[";
    for (int i = 0; i < 33; ++i) many += "{\"name\":\"e" + std::to_string(i) + "\",\"tag\":\"t\"},";
    many.back() = ']';
    const std::vector<std::pair<std::string, Blame>> lists{
        {"[]", {"/environments", Problem::empty_list}},
        {"{}", {"/environments", Problem::not_an_array}},
        {"null", {"/environments", Problem::not_an_array}},
        {"[7]", {"/environments/0", Problem::not_an_object}},
        {many, {"/environments", Problem::too_many_items}},
        {"[" + live + "," + live + "]", {"/environments/1/name", Problem::duplicate_item}},
        {R"([{"name":"live","tag":"LIVE"}])", {"/environments/0/tag", Problem::not_a_tag}},
        {R"([{"name":"a b","tag":"live"}])", {"/environments/0/name", Problem::not_a_name}},
        {R"([{"name":"live"}])", {"/environments/0/tag", Problem::missing_field}},
        {R"([{"name":"live","tag":"live","limit":1}])",
         {"/environments/0/limit", Problem::unknown_field}},
        {R"([{"name":"live","tag":"live","rateLimit":{"limit":-1,"window":"1m"}}])",
         {"/environments/0/rateLimit/limit", Problem::out_of_range}},
        {R"([{"name":"live","tag":"live","rateLimit":{"limit":1,"window":"0s"}}])",
         {"/environments/0/rateLimit/window", Problem::duration_out_of_range}},
    };
    for (const auto& [environments, blame] : lists) {
        INFO(environments.substr(0, 100));
        CHECK(blames_of(parse_workspace(with("\"a\"", "\"n\"", "\"p\"", environments))) ==
              std::vector<Blame>{blame});
    }
}

TEST_CASE("a content type is a plain type of JSON") {
    for (const char* good : {"application/json", "Application/JSON", "application/vnd.acme.v1+json",
                             "application/json; charset=utf-8", "application/json;charset=UTF-8",
                             "text/json", "application/problem+json"}) {
        INFO(good);
        CHECK(is_json_type(good));
    }
    for (const char* bad :
         {"", "json", "application/", "/json", "application/xml", "application/jsonx",
          "application/+json", "application/json;", "application/json; charset=latin1",
          "application/json; charset=utf-8; a=b", "application/json;  charset=utf-8",
          "application/json ; charset=utf-8", "application/json\r\nA: b", "application/json\n",
          " application/json", "application/json, text/html", "a b/json", "application/a/json",
          "application/j\xc3\xb1+json"}) {
        INFO(bad);
        CHECK_FALSE(is_json_type(bad));
    }
    CHECK_FALSE(is_json_type("application/" + std::string(100, 'x') + "+json"));
}

TEST_CASE("a patch changes what it names and leaves the rest") {
    const WorkspaceDocument current = full_document();
    const auto nothing = parse_workspace_patch("{}", current);
    REQUIRE(nothing);
    CHECK(nothing->document == current);
    const auto patched = parse_workspace_patch(
        R"({"name":"New","slug":"horneross","locale":null,"scopes":null,"reason":"because",
            "errors":{"messages":{"401":null,"403":"No"},"names":null}})",
        current);
    REQUIRE(patched);
    WorkspaceDocument expected = current;
    expected.name = "New";
    expected.errors->messages = {{"revoked", "\"Ya\"\n{no}"}, {"403", "No"}};
    expected.errors->names.clear();
    expected.locale = Locale::en;
    expected.scopes.clear();
    CHECK(patched->document == expected);
    CHECK(patched->remarks.reason == "because");
    const auto cleared = parse_workspace_patch(R"({"errors":null})", current);
    REQUIRE(cleared);
    CHECK_FALSE(cleared->document.errors);
    const auto made = parse_workspace_patch(R"({"errors":{"body":{"a":null,"m":"{message}"}}})",
                                            cleared->document);
    REQUIRE(made);
    CHECK(made->document.errors->body == R"({"m":"{message}"})");
}

TEST_CASE("a patch that would not leave a document is refused") {
    const WorkspaceDocument current = full_document();
    const std::vector<std::pair<std::string, Blame>> wrong{
        {R"({"slug":"other"})", {"/slug", Problem::cannot_be_changed}},
        {R"({"slug":null})", {"/slug", Problem::cannot_be_changed}},
        {R"({"name":null})", {"/name", Problem::missing_field}},
        {R"({"environments":null})", {"/environments", Problem::missing_field}},
        {R"({"environments":[]})", {"/environments", Problem::empty_list}},
        {R"({"environments":[{"name":"x","tag":"X"}]})",
         {"/environments/0/tag", Problem::not_a_tag}},
        {R"({"errors":{"body":null}})", {"/errors/body", Problem::missing_field}},
        {R"({"errors":{"contentType":"text/plain"}})",
         {"/errors/contentType", Problem::not_a_json_type}},
        {R"({"surprise":1})", {"/surprise", Problem::unknown_field}},
        {R"({"name":"a","name":"b"})", {"/name", Problem::duplicate_member}},
        {R"([])", {"", Problem::not_an_object}},
        {R"(null)", {"", Problem::not_an_object}},
        {R"({"reason":7})", {"/reason", Problem::not_a_string}},
    };
    for (const auto& [patch, blame] : wrong) {
        INFO(patch);
        CHECK(blames_of(parse_workspace_patch(patch, current)) == std::vector<Blame>{blame});
    }
}

}  // namespace
}  // namespace keyledger
