// Rows of CHID (arXiv:1906.01265) as CLUE has it: some passages with numbered blanks that share ten idioms a line, and the right idioms in a
// file of their own.
#include "runtime/base/Excerpt.h"
#include "suites/data/Blanks.h"
#include "suites/data/JsonObjects.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace clew {
namespace {

struct KnownAnswer {
  int32_t choice = 0;
  bool used = false;
};
using AnswerTable = std::unordered_map<std::string, KnownAnswer>;

/// {"#idiom000379#": 3}, or nothing where labels are not needed.
Result<AnswerTable> readAnswers(const LayoutInput &input) {
  AnswerTable answers;
  if (!input.labelled) {
    return answers;
  }
  if (input.answersPath.empty()) {
    return failAt(input, 1, "expected a second file with the answers ('answers' of the file in the task's YAML)");
  }
  const Result<JsonNode> root = parseJsonTree(input.answers, input.answersPath);
  if (!root) {
    return fail(root);
  }
  const auto wrong = [&](const JsonNode &node, const std::string &message) {
    return fail(ErrorKind::BadInput, message, input.answersPath + ":" + std::to_string(node.line));
  };
  if (root->kind != JsonNode::Kind::Object) {
    return wrong(*root, "expected an object {blank: number of the choice}, found " + describe(*root));
  }
  for (const auto &[blank, choice] : root->entries) {
    if (choice.kind != JsonNode::Kind::Integer || !isWholeNumber(choice.text)) {
      return wrong(choice, "expected the number of a choice for '" + excerpt(blank) + "', found " + describe(choice));
    }
    answers.emplace(blank, KnownAnswer{static_cast<int32_t>(choice.integer)});
  }
  return answers;
}

/// The answers of a row's blanks. Each is used once.
Result<void> takeAnswers(const LayoutInput &input, AnswerTable &answers, Row &row) {
  auto &gold = row.gold.emplace<std::vector<int32_t>>();
  for (const Blank &blank : blanksOf(row.lists.front())) {
    const auto answer = answers.find(std::string(blank.name));
    if (answer == answers.end()) {
      return failAt(input, row.line, "there is no answer for the blank '" + excerpt(blank.name) + "'");
    }
    if (std::exchange(answer->second.used, true)) {
      return failAt(input, row.line, "the blank '" + excerpt(blank.name) + "' stands there twice");
    }
    gold.push_back(answer->second.choice);
  }
  return {};
}

} // namespace

Result<LayoutRows> readChidRows(const LayoutInput &input) {
  Result<AnswerTable> answers = readAnswers(input);
  if (!answers) {
    return fail(answers);
  }
  LayoutRows out;
  out.before = input.before;
  const Result<void> all = eachObject(input, [&](const JsonNode &object) -> Result<void> {
    Row row;
    row.line = object.line;
    row.id = out.number();
    for (const char *key : {"content", "candidates"}) {
      Result<std::vector<std::string>> texts = textsOf(input, object, key, FieldType::List);
      if (!texts) {
        return fail(texts);
      }
      addField(*input.task.kind, std::move(*texts), row);
    }
    if (input.labelled) {
      if (Result<void> taken = takeAnswers(input, *answers, row); !taken) {
        return taken;
      }
    }
    return takeRow(input, std::move(row), true, out);
  });
  if (!all) {
    return fail(all);
  }
  const auto unused = std::ranges::count_if(*answers, [](const auto &one) { return !one.second.used; });
  if (unused > 0) {
    out.notes.push_back(std::to_string(unused) + " answers of " + input.answersPath + " are of no blank of these rows");
  }
  return out;
}

} // namespace clew
