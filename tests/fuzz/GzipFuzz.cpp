// Predictions that lie packed beside their records: bytes as the file of a record that names them by the hash of what they hold, and by another.
#include "runtime/base/Gzip.h"
#include "runtime/base/Sha256.h"
#include "suites/records/PredictionFile.h"
#include "tests/fuzz/Harness.h"

namespace clew::fuzz {
namespace {

constexpr int64_t kMost = 1 << 20;

void run(std::string_view bytes) {
  const Result<std::string> text = gunzipped(std::as_bytes(std::span(bytes)), kMost, "f");
  if (text) {
    expect(static_cast<int64_t>(text->size()) <= kMost, "no more than was asked for");
    const Result<std::string> packed = gzipped(*text);
    const Result<std::string> again = packed ? gunzipped(std::as_bytes(std::span(*packed)), kMost, "again") : packed;
    expect(again && *again == *text, "the same again");
  } else {
    expectRefusal(text.error(), "f");
    if (text.error().message.find("holds more than") != std::string::npos) {
      return; // openPredictions takes 256 MiB, which is slow and no finding
    }
  }
  const std::string folder = folderOf({{"p.jsonl.gz", std::string(bytes)}});
  const Result<std::string> hash = sha256Of(std::string_view(text ? *text : std::string()));
  const Result<PredictionText> opened = openPredictions({"p.jsonl", hash.value_or("")}, folder);
  expect(opened.has_value() == text.has_value(), "opened if it unpacks", opened ? "" : opened.error().render());
  expect(!opened || (opened->packed() && opened->text() == *text), "what was packed");
  expect(!openPredictions({"p.jsonl", std::string(64, '0')}, folder), "refused under another hash");
}

std::vector<std::string> seeds() {
  std::vector<std::string> made;
  for (const std::string &text : {std::string(), std::string("{\"id\": 0, \"label\": \"1\"}\n"), std::string(5000, 'a'),
                                  std::string(kMost, '\0'), std::string(kMost + 1, '\n')}) {
    made.push_back(gzipped(text).value_or(""));
  }
  made.push_back(made[1] + made[1]);                     // two members
  made.push_back(made[2].substr(0, made[2].size() - 4)); // cut off
  made.push_back(made[1] + "behind");
  made.push_back("{\"id\": 0, \"label\": \"1\"}\n"); // not packed at all
  return made;
}

const Harness harness("gzip", run, seeds);

} // namespace
} // namespace clew::fuzz
