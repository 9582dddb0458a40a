// Pickles as data: what is read, and that everything which could run, grow or reach outside is refused by name.
#include "runtime/weights/Pickle.h"

#include "runtime/weights/PickleOpcodes.h"
#include "tests/runtime/weights/HostileBytes.h"
#include "tests/runtime/weights/ZipFile.h"

#include <array>
#include <set>

using namespace clew;
using namespace std::string_literals;

namespace {

constexpr std::array<PickleGlobal, 3> allowed = {{{"collections", "OrderedDict", PickleUse::MakesDict},
                                                  {"torch", "call", PickleUse::Called},
                                                  {"torch", "name", PickleUse::Named}}};

const std::string start = "\x80\x02";

Result<Pickle> readText(const std::string &text) {
  const std::vector<std::byte> bytes = exactBytes(text);
  return readPickle(bytes, allowed, "evil.pt");
}

struct Attack {
  std::string title;
  std::string body; ///< behind the protocol
  std::string reason;
};

void refuseAll(const std::vector<Attack> &attacks) {
  for (const Attack &attack : attacks) {
    CAPTURE(attack.title);
    const Result<Pickle> pickle = readText(start + attack.body);
    REQUIRE_FALSE(pickle.has_value());
    CHECK(pickle.error().kind == ErrorKind::BadInput);
    CHECK(pickle.error().where == "evil.pt");
    CAPTURE(pickle.error().message);
    CHECK(pickle.error().message.find(attack.reason) != std::string::npos);
    CHECK(pickle.error().message.find("nothing was executed") != std::string::npos);
  }
}

std::string times(size_t count, const std::string &text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

std::string dictCall() { return "ccollections\nOrderedDict\n)R"; }

} // namespace

TEST_CASE("values are read as Python means them") {
  // {"a": (1, -2, 300, 2**63 - 1, 2**64, True, None), "b": [call((1,)), name, 0.5]}, as protocol 2 writes it
  const std::string text = start +
                           "}(X\x01\0\0\0a(K\x01J\xfe\xff\xff\xffM\x2c\x01\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f"s +
                           "\x8a\x09\0\0\0\0\0\0\0\0\x01\x88Nt"s + "U\x01"s +
                           "b](ctorch\ncall\nK\x01\x85Rctorch\nname\n"s + "G\x3f\xe0\0\0\0\0\0\0eu."s;
  const std::vector<std::byte> bytes = exactBytes(text + "behind");
  const Result<Pickle> pickle = readPickle(bytes, allowed, "file");
  if (!pickle) {
    FAIL(pickle.error().message);
  }
  CHECK(pickle->bytes == text.size());
  REQUIRE(pickle->top.kind == PickleKind::Dict);
  const auto items = pickle->itemsOf(pickle->top);
  REQUIRE(items.size() == 4);
  CHECK(items[0].text == "a");
  REQUIRE(items[1].kind == PickleKind::Tuple);
  const auto tuple = pickle->itemsOf(items[1]);
  REQUIRE(tuple.size() == 7);
  CHECK(tuple[0].integer == 1);
  CHECK(tuple[1].integer == -2);
  CHECK(tuple[2].integer == 300);
  CHECK(tuple[3].integer == std::numeric_limits<int64_t>::max());
  CHECK(tuple[4].kind == PickleKind::Long);
  CHECK(tuple[5].kind == PickleKind::Bool);
  CHECK(tuple[6].kind == PickleKind::None);
  CHECK(items[2].text == "b");
  const auto list = pickle->itemsOf(items[3]);
  REQUIRE(list.size() == 3);
  REQUIRE(list[0].kind == PickleKind::Call);
  CHECK(pickle->itemsOf(list[0])[0].index == 1);
  CHECK(pickle->itemsOf(pickle->itemsOf(list[0])[1])[0].integer == 1);
  CHECK(list[1].kind == PickleKind::Global);
  CHECK(list[2].kind == PickleKind::Real);
}

TEST_CASE("negative longs, empty longs, and Python 2's dictionaries") {
  const Result<Pickle> number = readText(start + "(\x8a\0\x8a\x01\xff\x8a\x02\x2c\x01t."s);
  REQUIRE(number.has_value());
  const auto items = number->itemsOf(number->top);
  CHECK(items[0].integer == 0);
  CHECK(items[1].integer == -1);
  CHECK(items[2].integer == 300);
  const Result<Pickle> dict =
      readText(start + "ccollections\nOrderedDict\n](]K\x01"s + "aK\x02"s + "aK\x03K\x04\x86"s + "e\x85R."s);
  REQUIRE(dict.has_value());
  REQUIRE(dict->top.kind == PickleKind::Dict);
  CHECK(dict->itemsOf(dict->top).size() == 4);
}

TEST_CASE("newer protocols: frames, short texts, memoized names") {
  const Result<Pickle> pickle =
      readText("\x80\x04\x95\x22\0\0\0\0\0\0\0\x8c\x0b"s + "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94."s);
  if (!pickle) {
    FAIL(pickle.error().message);
  }
  CHECK(pickle->top.kind == PickleKind::Dict);
}

TEST_CASE("what could run is refused by name") {
  refuseAll({
      {"os.system", "cos\nsystem\nX\x02\0\0\0ls\x85R."s, "the global \"os.system\""},
      {"posix.system", "cposix\nsystem\n.", "\"posix.system\""},
      {"eval", "c__builtin__\neval\n.", "\"__builtin__.eval\""},
      {"getattr", "cbuiltins\ngetattr\n.", "\"builtins.getattr\""},
      {"a submodule's allowed name", "ctorch.evil\ncall\n.", "\"torch.evil.call\""},
      {"a name with a path", "ctorch\ncall.__globals__\n.", "\"torch.call.__globals__\""},
      {"os.system by STACK_GLOBAL", "X\x02\0\0\0osX\x06\0\0\0system\x93."s, "\"os.system\""},
      {"STACK_GLOBAL of numbers", "K\x01K\x02\x93.", "a module and a name as texts"},
      {"terminal codes in a name", "cos\n\x1b[2J\n.", "\\x1b"},
      {"INST", "(ios\nsystem\n.", "INST (0x69)"},
      {"OBJ", "(ctorch\ncall\no.", "OBJ"},
      {"NEWOBJ", "ctorch\ncall\n)\x81.", "NEWOBJ"},
      {"NEWOBJ_EX", "ctorch\ncall\n)}\x92.", "NEWOBJ_EX"},
      {"EXT1", "\x82\x01.", "EXT1"},
      {"EXT2", "\x83\x01\x01.", "EXT2"},
      {"EXT4", "\x84\x01\x01\x01\x01.", "EXT4"},
      {"PERSID", "P1\n.", "PERSID"},
      {"NEXT_BUFFER", "\x97.", "NEXT_BUFFER"},
      {"text opcodes of protocol 0", "I1\n.", "INT"},
      {"no opcode at all", "\xff.", "no opcode (0xff)"},
      {"call of a mere name", "ctorch\nname\n)R.", "no call of 'torch.name'"},
      {"call of a text", "X\x01\0\0\0x)R."s, "a call of a name with a tuple"},
      {"call of a call", "ctorch\ncall\n)R)R.", "a call of a name with a tuple"},
      {"call with a list", "ctorch\ncall\n]R.", "a call of a name with a tuple"},
      {"dictionary of a number", "ccollections\nOrderedDict\nK\x01\x85R.", "nothing or a list of pairs"},
      {"dictionary of odd pairs", "ccollections\nOrderedDict\n]]a\x85R.", "nothing or a list of pairs"},
      {"dictionary of two lists", "ccollections\nOrderedDict\n]]\x86R.", "nothing or a list of pairs"},
      {"BUILD on a call", "ctorch\ncall\n)R}b.", "attributes only of an OrderedDict"},
      {"BUILD on a plain dictionary", "}}b.", "attributes only of an OrderedDict"},
      {"BUILD on a name", "ctorch\nname\n}b.", "attributes only of an OrderedDict"},
      {"BUILD with a tuple", dictCall() + ")b.", "attributes only of an OrderedDict"},
  });
}

TEST_CASE("broken pickles are refused") {
  refuseAll({
      {"nothing behind the protocol", "", "cut short"},
      {"text longer than the file", "X\xff\xff\xff\xff", "cut short"},
      {"text of 64 bits", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "cut short"},
      {"long longer than the file", "\x8a\xff", "cut short"},
      {"frame beyond the file", "\x95\xff\xff\xff\xff\xff\xff\xff\xff.", "cut short"},
      {"name without an end", "cos", "cut short"},
      {"protocol 1", "\x80\x01.", "protocol 2 to 5"},
      {"protocol 6", "\x80\x06.", "protocol 2 to 5"},
      {"empty stack at the end", ".", "one value at the end"},
      {"two values at the end", "NN.", "one value at the end"},
      {"a mark at the end", "(N.", "one value at the end"},
      {"POP of nothing", "0.", "1 values on the stack, found 0"},
      {"POP below a mark", "N(0.", "1 values on the stack, found 0"},
      {"TUPLE without a mark", "Nt.", "a mark on the stack"},
      {"TUPLE3 of two", "NN\x87.", "3 values on the stack, found 2"},
      {"TUPLE1 over a mark", "N(\x85.", "1 values on the stack, found 0"},
      {"APPEND to nothing", "Na.", "2 values on the stack"},
      {"APPEND to a dictionary", "}Na.", "a list to add to, found a dictionary"},
      {"APPEND to a tuple", ")Na.", "a list to add to, found a tuple"},
      {"APPENDS to nothing", "(Ne.", "1 values on the stack"},
      {"SETITEM of a list", "]NNs.", "a dictionary to add to, found a list"},
      {"SETITEM of a call", "ctorch\ncall\n)RNNs.", "a dictionary to add to, found a call"},
      {"SETITEMS of three", "}(NNNu.", "keys with values"},
      {"GET of nothing", "h\x00."s, "the number of a value in the memo, found 0"},
      {"GET of a gap", "Nq\x01h\x00."s, "the number of a value in the memo"},
      {"PUT of nothing", "q\x00."s, "1 values on the stack"},
      {"PUT far away", "Nr\xff\xff\xff\xff.", "memo numbers in order, found 4294967295"},
      {"REDUCE of nothing", "R.", "2 values on the stack"},
      {"BUILD of nothing", "b.", "2 values on the stack"},
      {"BINPERSID of nothing", "Q.", "1 values on the stack"},
  });
  CHECK_FALSE(readText("").has_value());
  CHECK_FALSE(readText("(dp0\n.").has_value());
  CHECK(readText("PK\x03\x04").error().message.find("protocol 2") != std::string::npos);
}

TEST_CASE("too much is refused") {
  refuseAll({
      {"too many operations", times(mostPickleOperations, "N"), "at most 4000000 operations"},
      {"too many marks", times(mostPickleOperations, "("), "at most 4000000 operations"},
      {"deep nesting", times(mostPickleOperations, "]a").substr(1), "values on the stack"},
      // A long list of pairs, made a dictionary again and again.
      {"copies of a list",
       "](" + times(100'000, "]") + "e" + "q\x01"s + "0ccollections\nOrderedDict\nq\x02"s + "0" +
           times(10, "h\x02h\x01\x85R"s) + ".",
       "pairs"},
      {"copies of a list of pairs",
       "]q\x01("s + "](NNeq\x03"s + times(200'000, "h\x03"s) + "e0ccollections\nOrderedDict\nq\x02"s + "0" +
           times(2'000, "h\x02h\x01\x85R"s) + ".",
       "at most 4000000 operations"},
  });
  CHECK(readText(start + std::string(mostPickleBytes, 'N')).error().message.find("operations") != std::string::npos);
  const std::string longText =
      start + "X" + littleEndian(static_cast<uint32_t>(mostPickleBytes)) + std::string(mostPickleBytes, 'x');
  CHECK(readText(longText).error().message.find("at most 67108864 bytes") != std::string::npos);
}

TEST_CASE("circles and doublings cost what they are long") {
  // A list that holds itself, and lists of two of the list before: 2^40 leaves if anybody walked them.
  std::string text = start + "]q\0h\0a"s;
  for (int i = 1; i < 40; ++i) {
    const std::string last(1, static_cast<char>(i - 1));
    text += "](h" + last + "h" + last + "eq" + std::string(1, static_cast<char>(i));
  }
  const Result<Pickle> pickle = readText(text + times(39, "\x86") + ".");
  if (!pickle) {
    FAIL(pickle.error().message);
  }
  CHECK(pickle->nodes.size() == 40 + 39);
}

TEST_CASE("opcodes have names, each its own") {
  std::set<std::string_view> names;
  int count = 0;
  for (int code = 0; code < 256; ++code) {
    const std::string_view name = pickleOpcodeName(static_cast<uint8_t>(code));
    count += name == "no opcode" ? 0 : 1;
    names.insert(name);
  }
  CHECK(count == 68); // len(pickletools.opcodes)
  CHECK(names.size() == 69);
}
