#pragma once

// One connection to one server, over hiredis, never blocking: commands wait until it is up, then go
// out as the socket takes them. hiredis_lane.cpp is the only file that includes hiredis.

#include "runtime-hook/transport.h"
#include "runtime-hook/transport_options.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

struct redisContext;

namespace autocache::hook {

class HiredisLane {
 public:
  /// `options` must outlive the lane.
  HiredisLane(Endpoint node, const TransportOptions& options);
  ~HiredisLane();
  HiredisLane(const HiredisLane&) = delete;
  HiredisLane& operator=(const HiredisLane&) = delete;

  /// Queues a command; it fails if it is not answered at `deadline`.
  void submit(Ticket ticket, Argv argv, TimePoint deadline);

  /// True while commands wait for their replies.
  bool busy() const { return !waiting_.empty() || !sent_.empty(); }
  /// The socket, or -1.
  int fd() const;
  /// What to poll(2) the socket for.
  short events() const;
  /// The moment at which something here times out.
  TimePoint next_deadline() const;

  /// Opens the connection if there is a command for it, and writes what the socket takes. `sent`
  /// counts commands.
  void advance(TimePoint now, std::uint64_t& sent, std::vector<Completion>& arrived);
  /// Reads and writes what poll(2) has found to be possible.
  void on_ready(short revents, std::uint64_t& sent, std::vector<Completion>& arrived);
  /// Fails everything if something is overdue at `now`.
  void expire(TimePoint now, std::vector<Completion>& arrived);
  /// Every command on its way fails; the next one opens a new connection.
  void fail_all(const Failure& failure, std::vector<Completion>& arrived);

 private:
  enum class State { kIdle, kConnecting, kReady };
  enum class Purpose { kUser, kAuth, kName };
  struct Command {
    Ticket ticket = 0;
    TimePoint deadline;
    Purpose purpose = Purpose::kUser;
    Argv argv;
  };
  struct FreeContext {
    void operator()(redisContext* context) const;
  };
  struct Tls;

  void close();
  void open(TimePoint now, std::vector<Completion>& arrived);
  bool begin(std::vector<Completion>& arrived);
  bool start_tls(std::vector<Completion>& arrived);
  bool closed_by_peer() const;
  void send_internal(Purpose purpose, const Argv& argv);
  void append(const Argv& argv);
  void write(std::uint64_t& sent, std::vector<Completion>& arrived);
  bool flush(std::vector<Completion>& arrived);
  void read(std::vector<Completion>& arrived);
  void deliver(Reply reply, std::vector<Completion>& arrived);
  void fail_io(std::vector<Completion>& arrived);

  Endpoint node_;
  const TransportOptions& options_;
  State state_ = State::kIdle;
  bool has_output_ = false;
  std::size_t next_address_ = 0;
  TimePoint connect_deadline_;
  TimePoint first_deadline_ = TimePoint::max();
  std::deque<Command> waiting_;
  std::deque<Command> sent_;
  std::unique_ptr<Tls> tls_;
  std::unique_ptr<redisContext, FreeContext> context_;
};

}  // namespace autocache::hook
