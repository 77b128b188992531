#pragma once

// Which live directives the hook manages as a whole.

#include <array>
#include <string_view>

namespace autocache::directives {

/// The directives that the hook sets back to their default once the configuration names them no
/// more. Others (persistence, logging, listening, access) it sets only when named, because a server
/// may have got them elsewhere; they keep their value until the server restarts.
inline constexpr std::array<std::string_view, 22> kGoBack{"maxmemory",
                                                          "maxmemory-policy",
                                                          "maxmemory-samples",
                                                          "maxmemory-eviction-tenacity",
                                                          "lfu-log-factor",
                                                          "lfu-decay-time",
                                                          "active-expire-effort",
                                                          "lazyfree-lazy-eviction",
                                                          "lazyfree-lazy-expire",
                                                          "lazyfree-lazy-server-del",
                                                          "lazyfree-lazy-user-del",
                                                          "hz",
                                                          "timeout",
                                                          "tcp-keepalive",
                                                          "slowlog-log-slower-than",
                                                          "slowlog-max-len",
                                                          "latency-monitor-threshold",
                                                          "notify-keyspace-events",
                                                          "cluster-node-timeout",
                                                          "cluster-require-full-coverage",
                                                          "cluster-allow-reads-when-down",
                                                          "cluster-allow-replica-migration"};

}  // namespace autocache::directives
