#include "base/escape.h"

#include "support/catch.h"

namespace autocache {
namespace {

TEST_CASE(
    "text in XML and HTML is read back as it was, but for characters that XML does not have") {
  CHECK(escape_xml(R"(<a href="x">'&'</a>)") ==
        "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(escape_xml("a\tb\nc\r") == "a&#9;b&#10;c&#13;");
  CHECK(escape_xml("a\x01z\xC3\xA9") == "a\xEF\xBF\xBDz\xC3\xA9");
}

}  // namespace
}  // namespace autocache
