-- Asks keyledger about a request: one that is allowed goes on with the identity of its key, any other is
-- answered here. The rules of haproxy.cfg have set txn.keyledger_question and txn.keyledger_unavailable.

-- The frontend of haproxy.cfg that passes the question on; the time limits stand there.
local address = "abns@keyledger"
local milliseconds_max = 2000

local identity = {
    "x-key-id", "x-key-owner", "x-key-environment", "x-key-scopes", "x-key-name", "x-key-workspace",
}
local limits = {
    "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit", "ratelimit-policy",
}
-- What a client reads of a denial. Its code and the ledger's seq are none of the client's business.
local shown = { "content-type", "www-authenticate", "retry-after", "cache-control", "x-request-id" }

local function first(headers, name)
    local values = headers and headers[name]
    return values and values[0]
end

local function variable_of(name)
    return "txn.keyledger_" .. name:gsub("-", "_")
end

local function answer(txn, status, headers, body)
    local reply = txn:reply()
    reply:set_status(status)
    for _, header in ipairs(headers) do reply:add_header(header[1], header[2]) end
    reply:set_body(body)
    txn:done(reply)
end

-- Nothing of the client's goes there but its two credential headers, each as often as it came.
local function ask(txn)
    local from_client = txn.http:req_get_headers()
    local headers = { ["x-forwarded-for"] = { txn.sf:src() } }
    for _, name in ipairs({ "authorization", "x-api-key" }) do
        local values = from_client[name]
        if values then
            headers[name] = {}
            for i = 0, #values do table.insert(headers[name], values[i]) end
        end
    end
    return core.httpclient():get({
        url = "http://keyledger/v1/authorize/" .. txn:get_var("txn.keyledger_question"),
        headers = headers,
        dst = address,
        timeout = milliseconds_max,
    })
end

local function deny(txn, said)
    local headers = {}
    for _, names in ipairs({ shown, limits }) do
        for _, name in ipairs(names) do
            local value = first(said.headers, name)
            if value then table.insert(headers, { name, value }) end
        end
    end
    answer(txn, said.status, headers, said.body or "")
end

core.register_action("keyledger", { "http-req" }, function(txn)
    local said = ask(txn)
    local status = said and said.status or 0
    if status == 200 then
        for _, name in ipairs(identity) do
            txn.http:req_set_header(name, first(said.headers, name) or "")
        end
        for _, name in ipairs(limits) do
            local value = first(said.headers, name)
            if value then txn:set_var(variable_of(name), value) end
        end
        -- The key goes no further.
        txn.http:req_del_header("authorization")
        txn.http:req_del_header("x-api-key")
        return
    end
    -- Of these, what has a code is a denial.
    local is_denial = status == 401 or status == 403 or status == 429
    if is_denial and first(said.headers, "x-keyledger-code") then return deny(txn, said) end
    -- Down, slow, not ready, or it does not trust this HAProxy.
    answer(txn, 503, { { "content-type", "application/json" } }, txn:get_var("txn.keyledger_unavailable"))
end, 0)

core.register_action("keyledger_limits", { "http-res" }, function(txn)
    for _, name in ipairs(limits) do
        local value = txn:get_var(variable_of(name))
        if value then txn.http:res_set_header(name, value) end
    end
end, 0)
