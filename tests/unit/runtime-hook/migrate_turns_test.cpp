#include "runtime-hook/migrate_turns.h"

#include "support/catch.h"

#include <string>

namespace autocache::hook {
namespace {

/// Strands that write down what they may do.
struct Line {
  MigrateTurns turns;
  std::string story;
  char a = 'a', b = 'b', c = 'c';

  void enter(const char& who) {
    turns.enter(&who, [this, who] { story += std::string("open ") + who + ". "; });
  }
  void opened(const char& who) {
    turns.opened(&who, [this, who] { story += std::string("move ") + who + ". "; });
  }
};

TEST_CASE("One strand moves at a time, and only the next one opens its slots meanwhile",
          "[migrate_turns]") {
  Line line;
  line.enter(line.a);
  line.enter(line.b);
  line.enter(line.c);
  CHECK(line.story == "open a. open b. ");
  line.opened(line.b);
  CHECK(line.story == "open a. open b. ");
  line.opened(line.a);
  CHECK(line.story == "open a. open b. move a. ");
  line.turns.leave();
  CHECK(line.story == "open a. open b. move a. move b. open c. ");
  line.turns.leave();
  CHECK(line.story == "open a. open b. move a. move b. open c. ");
  line.opened(line.c);
  line.enter(line.a);
  CHECK(line.story == "open a. open b. move a. move b. open c. move c. open a. ");
  line.turns.leave();
  line.turns.leave();
  line.enter(line.b);
  CHECK(line.story == "open a. open b. move a. move b. open c. move c. open a. open b. ");
}

TEST_CASE("A strand that enters the line when its turn is over waits behind the others",
          "[migrate_turns]") {
  Line line;
  line.turns.enter(&line.a, [&] {
    line.story += "open a. ";
    line.opened(line.a);
  });
  CHECK(line.story == "open a. move a. ");
  line.enter(line.b);
  line.enter(line.a);
  line.turns.leave();
  line.opened(line.b);
  CHECK(line.story == "open a. move a. open b. open a. move b. ");
}

}  // namespace
}  // namespace autocache::hook
