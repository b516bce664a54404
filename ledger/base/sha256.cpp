#include "ledger/base/sha256.hpp"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace keyledger {

namespace {

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void require(bool succeeded) {
    if (succeeded) [[likely]]
        return;
    std::fputs("OpenSSL could not compute SHA-256\n", stderr);
    std::abort();
}

// Never freed: threads may still hash while static objects are destroyed.
const EVP_MD* digest_algorithm() {
    static const EVP_MD* const algorithm = [] {
        const EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
        require(fetched != nullptr);
        return fetched;
    }();
    return algorithm;
}

using OwnedContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;

void begin(EVP_MD_CTX* context) {
    require(context != nullptr);
    require(EVP_DigestInit_ex2(context, digest_algorithm(), nullptr) == 1);
}

// This thread's context, ready for a first update.
EVP_MD_CTX* fresh_context() {
    thread_local const OwnedContext context(EVP_MD_CTX_new());
    begin(context.get());
    return context.get();
}

void update(EVP_MD_CTX* context, std::string_view bytes) {
    require(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
}

Digest finish(EVP_MD_CTX* context) {
    Digest digest;
    unsigned length = 0;
    require(EVP_DigestFinal_ex(context, digest.data(), &length) == 1);
    require(length == digest.size());
    return digest;
}

}  // namespace

Digest sha256(std::string_view bytes) {
    EVP_MD_CTX* const context = fresh_context();
    update(context, bytes);
    return finish(context);
}

Digest sha256(std::initializer_list<std::string_view> parts) {
    EVP_MD_CTX* const context = fresh_context();
    for (const std::string_view part : parts) update(context, part);
    return finish(context);
}

struct Sha256::Context {
    OwnedContext openssl{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    begin(context_->openssl.get());
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    update(context_->openssl.get(), bytes);
}

Digest Sha256::take() {
    const Digest digest = finish(context_->openssl.get());
    begin(context_->openssl.get());
    return digest;
}

}  // namespace keyledger
