#include "http/admin/problem.hpp"

#include "http/json_document.hpp"
#include "http/service.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace keyledger {
namespace {

const ProblemContext english{.locale = Locale::en, .request_id = "r-1"};
const ProblemContext spanish{.locale = Locale::es, .request_id = "r-1"};

JsonValue parsed(const std::string& text) {
    FaultList faults;
    auto value = parse_json(text, faults);
    REQUIRE(value);
    REQUIRE(faults.empty());
    return *std::move(value);
}

template <class What>
JsonValue problem_of(const ProblemContext& context, const What& what, int status) {
    std::string out;
    CHECK(append_problem(out, context, what) == status);
    const JsonValue problem = parsed(out);
    CHECK(problem.find("status")->text == std::to_string(status));
    for (const char* name : {"type", "title", "detail", "code", "requestId"}) {
        INFO(name << " in " << out);
        REQUIRE(problem.find(name));
        CHECK(problem.find(name)->kind == JsonKind::string);
        CHECK_FALSE(problem.find(name)->text.empty());
    }
    return problem;
}

TEST_CASE("a problem has the members of RFC 9457 and the stable code") {
    std::string out;
    CHECK(append_problem(out, english, ApiError::not_found) == 404);
    CHECK(out == R"({"type":"urn:keyledger:problem:not_found","title":"Not found","status":404,)"
                 R"("detail":"There is nothing here.","code":"not_found","requestId":"r-1"})");
    CHECK(problem_of(spanish, ApiError::not_found, 404).find("title")->text == "No encontrado");
}

TEST_CASE("the codes of the API have the statuses that are published") {
    const std::vector<std::pair<std::string, int>> published{{"invalid_request", 400},
                                                             {"unauthenticated", 401},
                                                             {"forbidden", 403},
                                                             {"not_found", 404},
                                                             {"method_not_allowed", 405},
                                                             {"not_acceptable", 406},
                                                             {"timeout", 408},
                                                             {"conflict", 409},
                                                             {"conflict", 409},
                                                             {"precondition_failed", 412},
                                                             {"too_large", 413},
                                                             {"target_too_long", 414},
                                                             {"unsupported_media_type", 415},
                                                             {"expectation_failed", 417},
                                                             {"idempotency_mismatch", 422},
                                                             {"too_many_requests", 429},
                                                             {"headers_too_large", 431},
                                                             {"internal", 500},
                                                             {"not_implemented", 501},
                                                             {"unavailable", 503},
                                                             {"stale", 503},
                                                             {"stale", 503},  // in quarantine
                                                             {"outcome_unknown", 503},
                                                             {"version_not_supported", 505}};
    REQUIRE(published.size() == api_errors_count);
    for (std::size_t i = 0; i < api_errors_count; ++i) {
        const auto error = static_cast<ApiError>(i);
        CHECK(to_text(error) == published[i].first);
        CHECK(status_of(error) == published[i].second);
        CHECK(problem_of(english, error, published[i].second).find("code")->text ==
              published[i].first);
    }
}

TEST_CASE("each refusal has the status that is published, and a name of its own") {
    const std::vector<std::pair<Refusal, int>> published{{Refusal::workspace_not_found, 404},
                                                         {Refusal::key_not_found, 404},
                                                         {Refusal::slug_taken, 409},
                                                         {Refusal::workspace_reserved, 409},
                                                         {Refusal::unknown_environment, 400},
                                                         {Refusal::scope_not_in_catalogue, 400},
                                                         {Refusal::environment_in_use, 409},
                                                         {Refusal::document_too_large, 400},
                                                         {Refusal::digest_taken, 409},
                                                         {Refusal::key_revoked, 409},
                                                         {Refusal::scopes_would_grant_all, 409},
                                                         {Refusal::last_administrator, 409},
                                                         {Refusal::beyond_authority, 403},
                                                         {Refusal::stale_revision, 412},
                                                         {Refusal::idempotency_mismatch, 422},
                                                         {Refusal::too_many_items, 400},
                                                         {Refusal::expiry_before_start, 400},
                                                         {Refusal::events_too_large, 413}};
    REQUIRE(published.size() == static_cast<std::size_t>(Refusal::events_too_large) + 1);
    std::set<std::string_view> names;
    for (const auto& [refusal, status] : published) {
        names.insert(to_text(refusal));
        const JsonValue problem = problem_of(english, Rejection(refusal), status);
        CHECK(problem.find("rule")->text == to_text(refusal));
        CHECK((problem.find("errors") != nullptr) == (status == 400));
    }
    CHECK(names.size() == published.size());
}

TEST_CASE("a refusal blames its field and names what it is about") {
    const Rejection rejection(Refusal::scope_not_in_catalogue, "/scopes/1", {"leads:write"});
    const JsonValue problem = problem_of(english, rejection, 400);
    CHECK(problem.find("code")->text == "invalid_request");
    REQUIRE(problem.find("errors")->items.size() == 1);
    const JsonValue& error = problem.find("errors")->items[0];
    CHECK(error.find("pointer")->text == "/scopes/1");
    CHECK(error.find("detail")->text ==
          "The workspace's catalogue does not have this scope: leads:write");
    const Rejection conflict(Refusal::digest_taken, "/items/3/digest");
    CHECK(problem_of(english, conflict, 409).find("errors")->items[0].find("pointer")->text ==
          "/items/3/digest");
}

TEST_CASE("what a refusal names can't break out") {
    const std::string evil = "\"},\"status\":200,{0}\n";
    const Rejection rejection(Refusal::unknown_environment, "/\"", {evil});
    const JsonValue problem = problem_of(english, rejection, 400);
    CHECK(problem.find("detail")->text == "The workspace has no such environment: " + evil);
    CHECK(problem.find("errors")->items[0].find("pointer")->text == "/\"");
}

TEST_CASE("the faults of a request are listed, each in its place") {
    const std::vector<FieldFault> faults{
        {"/name", FieldProblem::missing_field, {}, FaultPlace::body},
        {"limit", FieldProblem::out_of_range, {"1", "1000"}, FaultPlace::query},
        {"If-Match", FieldProblem::malformed_header, {}, FaultPlace::header}};
    std::string out;
    CHECK(append_problem(out, english, faults) == 400);
    CHECK(out == R"({"type":"urn:keyledger:problem:invalid_request","title":"Invalid request",)"
                 R"("status":400,"detail":"Something in the request is not right.",)"
                 R"("code":"invalid_request","requestId":"r-1","errors":[)"
                 R"({"pointer":"/name","detail":"This field is needed."},)"
                 R"({"pointer":"","parameter":"limit","detail":"This must be from 1 to 1000."},)"
                 R"({"pointer":"","header":"If-Match","detail":"This header is malformed."}]})");
}

TEST_CASE("each fault of the transport has its status") {
    const std::vector<std::pair<TransportFault, int>> published{
        {TransportFault::malformed, 400},
        {TransportFault::headers_too_large, 431},
        {TransportFault::target_too_long, 414},
        {TransportFault::body_too_large, 413},
        {TransportFault::too_slow, 408},
        {TransportFault::unsupported_version, 505},
        {TransportFault::unsupported_encoding, 501},
        {TransportFault::expectation_failed, 417},
        {TransportFault::overloaded, 503}};
    REQUIRE(published.size() == static_cast<std::size_t>(TransportFault::overloaded) + 1);
    for (const auto& [fault, status] : published) {
        problem_of(english, fault, status);
        problem_of(spanish, fault, status);
    }
}

}  // namespace
}  // namespace keyledger
