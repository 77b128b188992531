#include "runtime-hook/progress_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::hook {
namespace {

constexpr Duration kTerminalInterval{100'000};
constexpr Duration kLogInterval{5'000'000};
constexpr int kBarWidth = 20;

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

}  // namespace

std::string describe_progress(const MoveProgress& progress, Duration elapsed) {
  const double total = static_cast<double>(std::max<std::int64_t>(1, progress.slots_total));
  const double share = std::clamp(static_cast<double>(progress.slots_done) / total, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kBarWidth);
  const double time = std::max(seconds(elapsed), 0.001);
  std::string left;
  if (progress.slots_done > 0 && progress.slots_done < progress.slots_total) {
    left = fmt::format(", {:.0f} s left", time / share - time);
  }
  return fmt::format("[{}{}] {:.1f}% {}/{} slots, {} keys, {:.1f} MB/s{}", std::string(filled, '#'),
                     std::string(kBarWidth - filled, '-'), share * 100, progress.slots_done,
                     progress.slots_total, progress.keys,
                     static_cast<double>(progress.bytes) / 1e6 / time, left);
}

void ProgressView::show(const MoveProgress& progress, Log& log) {
  const TimePoint now = clock_.now();
  if (progress.slots_done < last_done_ || last_done_ < 0) {
    began_ = now;
    next_ = target_ == Target::kLog ? now + kLogInterval : now;
  }
  last_done_ = progress.slots_done;
  if (now < next_) {
    return;
  }
  if (target_ == Target::kTerminal) {
    terminal_ << "\r\x1b[K" << describe_progress(progress, now - began_) << std::flush;
    drawn_ = true;
    next_ = now + kTerminalInterval;
    return;
  }
  next_ = now + kLogInterval;
  log.info("progress", "moving slots",
           {{"slots_done", progress.slots_done},
            {"slots_total", progress.slots_total},
            {"keys", progress.keys},
            {"bytes", progress.bytes},
            {"seconds", seconds(now - began_)}});
}

void ProgressView::clear() {
  if (drawn_) {
    terminal_ << "\r\x1b[K" << std::flush;
    drawn_ = false;
  }
}

}  // namespace autocache::hook
