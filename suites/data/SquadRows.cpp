// Rows of span tasks. SQuAD nests articles, paragraphs, questions; CMRC2018's own files leave the paragraphs out and call things otherwise.
#include "runtime/base/JsonTree.h"
#include "suites/data/Layouts.h"

namespace clew {
namespace {

const JsonNode *findEither(const JsonNode &node, std::string_view a, std::string_view b) {
  const JsonNode *found = node.find(a);
  return found ? found : node.find(b);
}

Result<std::string> needText(const LayoutInput &input, const JsonNode &node, std::string_view a, std::string_view b) {
  const JsonNode *found = findEither(node, a, b);
  const std::string names = "'" + std::string(a) + "' (or '" + std::string(b) + "')";
  if (!found) {
    return failAt(input, node.line, "missing " + names);
  }
  if (found->kind != JsonNode::Kind::Text) {
    return failAt(input, found->line, "expected a text as " + names + ", found " + describe(*found));
  }
  return found->text;
}

Result<void> readAnswers(const LayoutInput &input, const JsonNode &question, std::vector<std::string> &accepted) {
  const JsonNode *answers = question.find("answers");
  if (!answers || answers->kind != JsonNode::Kind::Array || answers->items.empty()) {
    return failAt(input, question.line,
                  "expected a list of 'answers', found " + (answers ? describe(*answers) : "none"));
  }
  for (const JsonNode &answer : answers->items) {
    const JsonNode *text = answer.kind == JsonNode::Kind::Object ? answer.find("text") : &answer;
    // Some official answers are numbers without quotes.
    const std::optional<std::string_view> value = text ? text->scalar() : std::nullopt;
    if (!value || value->empty()) {
      return failAt(input, answer.line, "expected an answer's text, found " + describe(text ? *text : answer));
    }
    accepted.emplace_back(*value);
  }
  return {};
}

Result<void> readParagraph(const LayoutInput &input, const JsonNode &paragraph, LayoutRows &out) {
  const Result<std::string> context = needText(input, paragraph, "context", "context_text");
  if (!context) {
    return fail(context);
  }
  const JsonNode *questions = paragraph.find("qas");
  if (!questions || questions->kind != JsonNode::Kind::Array) {
    return failAt(input, paragraph.line, "expected a list of questions 'qas'");
  }
  for (const JsonNode &question : questions->items) {
    Row row;
    row.line = question.line;
    Result<std::string> text = needText(input, question, "question", "query_text");
    Result<std::string> id = needText(input, question, "id", "query_id");
    if (!text || !id) {
      return text ? fail(id) : fail(text);
    }
    row.fields = {*context, std::move(*text)};
    row.id = std::move(*id);
    if (input.labelled) {
      auto &accepted = row.gold.emplace<std::vector<std::string>>();
      if (const Result<void> answers = readAnswers(input, question, accepted); !answers) {
        return answers;
      }
    }
    out.add(std::move(row), true);
  }
  return {};
}

} // namespace

Result<LayoutRows> readSquadRows(const LayoutInput &input) {
  const Result<JsonNode> root = parseJsonTree(input.text, input.path);
  if (!root) {
    return fail(root);
  }
  const JsonNode *articles = root->kind == JsonNode::Kind::Array ? &*root : root->find("data");
  if (!articles || articles->kind != JsonNode::Kind::Array) {
    return failAt(input, root->line, "expected a list 'data' of articles, found " + describe(*root));
  }
  LayoutRows out;
  out.before = input.before;
  for (const JsonNode &article : articles->items) {
    const JsonNode *paragraphs = article.find("paragraphs");
    if (paragraphs && paragraphs->kind != JsonNode::Kind::Array) {
      return failAt(input, paragraphs->line, "expected a list of 'paragraphs', found " + describe(*paragraphs));
    }
    if (!paragraphs) {
      if (const Result<void> read = readParagraph(input, article, out); !read) {
        return fail(read);
      }
      continue;
    }
    for (const JsonNode &paragraph : paragraphs->items) {
      if (const Result<void> read = readParagraph(input, paragraph, out); !read) {
        return fail(read);
      }
    }
  }
  return out;
}

} // namespace clew
