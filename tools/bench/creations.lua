-- Creations of keys, each with a name of its own:
--     wrk -s creations.lua URL -- WORKSPACE ROOT_TOKEN_FILE SEED
dofile("result.lua")

local before
local number

function init(arguments)
    local file = assert(io.open(arguments[2]))
    local token = file:read("*l")
    file:close()
    number = tonumber(arguments[3]) * 10000000
    before = "POST /v1/workspaces/" .. arguments[1] .. "/keys HTTP/1.1\r\nHost: " ..
        wrk.headers["Host"] .. "\r\nAuthorization: Bearer " .. token ..
        "\r\nContent-Type: application/json\r\nContent-Length: "
end

function request()
    number = number + 1
    local body = string.format(
        '{"name":"key %d","environment":"live","scopes":["leads:read"],"owner":"owner-%d"}',
        number, number % 1000)
    return before .. #body .. "\r\n\r\n" .. body
end
