#pragma once

// Diagnostics in the forms that machines read: one function a format, each complete text.

#include "base/diagnostic.h"

#include <string>
#include <vector>

namespace autocache::cli {

/// An array of {file, line, column, path, severity, code, message, hint}; `[]` when clean.
std::string report_json(const Diagnostics& diagnostics);

/// GitHub workflow commands: `::error file=F,line=L,col=C,title=CODE::message`.
std::string report_github(const Diagnostics& diagnostics);

/// SARIF 2.1.0, one run.
std::string report_sarif(const Diagnostics& diagnostics);

/// JUnit XML: a test case for each input file, failed if it has an error; warnings are its output.
std::string report_junit(const std::vector<std::string>& files, const Diagnostics& diagnostics);

}  // namespace autocache::cli
