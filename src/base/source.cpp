#include "base/source.h"

namespace autocache {

std::string_view Source::line(int number) const {
  if (number < 1) return {};
  std::size_t start = 0;
  for (int i = 1; i < number; ++i) {
    start = text.find('\n', start);
    if (start == std::string::npos) return {};
    ++start;
  }
  const std::size_t end = text.find('\n', start);
  std::string_view found(text);
  found = found.substr(start, end == std::string::npos ? std::string::npos : end - start);
  if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
  return found;
}

}  // namespace autocache
