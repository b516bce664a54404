-- Writes what a run of wrk came to as one line of JSON, "result {...}". All in seconds.
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'result {"requests":%d,"seconds":%.6f,"p50":%.6f,"p99":%.6f,' ..
        '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
