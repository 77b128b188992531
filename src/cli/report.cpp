#include "cli/report.h"

#include "base/escape.h"
#include "base/json.h"
#include "base/version.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace autocache::cli {
namespace {

std::string with_path(const Diagnostic& diagnostic) {
  return diagnostic.path.empty() ? diagnostic.message : diagnostic.path + ": " + diagnostic.message;
}

/// Workflow command escapes: data, and properties that also end at `:` and `,`.
std::string escape_github(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string report_json(const Diagnostics& diagnostics) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics) {
    list.push_back({{"file", d.at.file},
                    {"line", d.at.line},
                    {"column", d.at.column},
                    {"path", d.path},
                    {"severity", to_string(d.severity)},
                    {"code", d.code},
                    {"message", d.message},
                    {"hint", d.hint}});
  }
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_github(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& d : diagnostics) {
    out += fmt::format("::{} file={}", to_string(d.severity), escape_github(d.at.file, true));
    if (d.at.line > 0) out += fmt::format(",line={}", d.at.line);
    if (d.at.column > 0) out += fmt::format(",col={}", d.at.column);
    out += fmt::format(",title={}::{}", escape_github(d.code, true),
                       escape_github(with_path(d), false));
    if (!d.hint.empty()) out += escape_github("\nhint: " + d.hint, false);
    out += '\n';
  }
  return out;
}

std::string report_sarif(const Diagnostics& diagnostics) {
  Json rules = Json::array();
  std::set<std::string> codes;
  for (const Diagnostic& d : diagnostics) codes.insert(d.code);
  for (const std::string& code : codes) rules.push_back({{"id", code}});

  Json results = Json::array();
  for (const Diagnostic& d : diagnostics) {
    Json place = {{"artifactLocation", {{"uri", d.at.file}}}};
    if (d.at.line > 0) {
      place["region"] = {{"startLine", d.at.line}};
      if (d.at.column > 0) place["region"]["startColumn"] = d.at.column;
    }
    const std::string text =
        d.hint.empty() ? with_path(d) : with_path(d) + " (hint: " + d.hint + ")";
    results.push_back({{"ruleId", d.code},
                       {"level", to_string(d.severity)},
                       {"message", {{"text", text}}},
                       {"locations", Json::array({{{"physicalLocation", place}}})}});
  }
  const Json log = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array(
           {{{"tool",
              {{"driver", {{"name", "autocache"}, {"version", kVersion}, {"rules", rules}}}}},
             {"columnKind", "unicodeCodePoints"},
             {"results", results}}})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_junit(const std::vector<std::string>& files, const Diagnostics& diagnostics) {
  std::vector<std::string> names = files;
  for (const Diagnostic& d : diagnostics) {
    if (std::find(names.begin(), names.end(), d.at.file) == names.end()) names.push_back(d.at.file);
  }
  std::size_t failed = 0;
  std::string cases;
  for (const std::string& name : names) {
    std::string errors;
    std::string warnings;
    std::string first;
    for (const Diagnostic& d : diagnostics) {
      if (d.at.file != name) continue;
      (d.severity == Severity::kError ? errors : warnings) += format(d);
      if (d.severity == Severity::kError && first.empty()) first = with_path(d);
    }
    cases +=
        fmt::format(R"(    <testcase classname="autocache.validate" name="{}">)", escape_xml(name));
    if (!errors.empty()) {
      ++failed;
      cases += fmt::format("\n      <failure message=\"{}\" type=\"error\">{}</failure>",
                           escape_xml(first), escape_xml(errors));
    }
    if (!warnings.empty())
      cases += fmt::format("\n      <system-out>{}</system-out>", escape_xml(warnings));
    cases += errors.empty() && warnings.empty() ? "</testcase>\n" : "\n    </testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites tests=\"{0}\" failures=\"{1}\">\n"
      "  <testsuite name=\"autocache validate\" tests=\"{0}\" failures=\"{1}\">\n"
      "{2}  </testsuite>\n</testsuites>\n",
      names.size(), failed, cases);
}

}  // namespace autocache::cli
