// Official files of tasks in every layout. The first byte picks it.
#include "suites/data/Layouts.h"
#include "suites/data/TextFile.h"
#include "tests/fuzz/Harness.h"
#include "tests/suites/data/TaskText.h"

#include <algorithm>
#include <array>

namespace clew::fuzz {
namespace {

struct Form {
  const char *kind;
  const char *layout;
  const char *seed;
};

constexpr std::array<Form, 18> kForms = {{
    {"pair", "{reader: json, id: id, first: a, second: b, label: l}",
     "{\"id\": 1, \"a\": \"一二三\", \"b\": [\"四\", \"五\"], \"l\": \"1\"}\n{\"id\": 2, \"a\": \"六\", \"b\": "
     "\"八\\u4e5d\", \"l\": 0}\n\n"},
    {"classify", "{reader: json, first: a, label: l}",
     "[{\"a\": \"一二三\", \"l\": \"1\"},\n {\"a\": \"x\", \"l\": \"-\"},\n {\"a\": \"y\", \"l\": \"wrong\"}]\n"},
    {"classify", "{reader: tsv, id: id, first: a, label: l}", "l\ta\tid\n1\t一二三四\t1\n0\t五六七\t2\n-\t八九\t3\n"},
    {"classify", "{reader: tsv, columns: [l, a], first: a, label: l}", "1\t一二三四\n0\t五六七\n1\t八九\n"},
    {"pair", "{reader: csv, first: a, second: b, label: l}", "a,b,l\n\"一,二\",\"三\"\"四\",1\r\n五,\"六\n七\",0\n"},
    {"tag", "{reader: entities}",
     "{\"text\": \"彭小军在台湾\", \"label\": {\"place\": {\"台湾\": [[4, 5]]}, \"name\": {\"彭小军\": [[0, "
     "2]]}}}\n{\"text\": \"无\", \"label\": {}}\n"},
    {"tag", "{reader: bio}", "彭 B-name\n军 I-name\n在 O\n台 B-place\n湾\tI-place\n\n好 O\n台 I-place\n"},
    {"span", "{reader: squad}",
     R"({"data": [{"title": "t", "paragraphs": [{"context": "上下文", "qas": [
 {"question": "问", "id": "Q0", "answers": [{"text": "下", "answer_start": 1}]}, {"question": "又", "id": "Q1", "answers": ["上下"]}]}]}]})"},
    {"span", "{reader: squad}",
     R"([{"context_id": "C", "context_text": "上下文", "title": "t", "qas": [{"query_text": "问", "query_id": "Q0", "answers": ["下"]}]}])"},
    {"tag", "{reader: bmes}", "彭 B-name\n小 M-name\n军 E-name\n在 O\n台 S-place\n\n好 E-name\n"},
    {"tag", "{reader: bioes, numbered: true}", "彭0\tB-name\n军1\tE-name\n10\tO\n"},
    {"tag_words", "{reader: labels}", "彭小军 name\n台湾\tplace\n\nx place\n"},
    {"choice", "{reader: c3}",
     R"([[["男：好", "女：好"], [{"question": "问", "choice": ["一", "二"], "answer": "二", "id": 3}], "1-2"]])"},
    {"cloze", "{reader: json, id: i, content: c, candidates: k, label: l}",
     "{\"i\": 1, \"c\": [\"甲#idiom01#\", \"#idiom2#\"], \"k\": [\"一\", \"二\"], \"l\": [0, 1]}\n{\"i\": 2, \"c\": "
     "\"#idiom#\", \"k\": [\"一\"], \"l\": 0}\n"},
    {"cloze", "{reader: chid}", "{\"content\": [\"甲#idiom01#\"], \"candidates\": [\"一\", \"二\"]}\n"},
    {"pronoun",
     "{reader: json, text: t, span1_text: o.n, span1_index: o.i, span2_text: o.p, span2_index: o.j, label: l}",
     "{\"t\": \"甲说他\", \"o\": {\"n\": \"甲\", \"i\": 0, \"p\": \"他\", \"j\": 2}, \"l\": \"1\"}\n"},
    {"multi_label", "{reader: csv, first: t, label: l}", "t,l\nx,\"name,place\"\ny,\nz,-\n"},
    {"regression", "{reader: quoted_tsv, id: i, first: a, second: b, label: l}",
     "i\ta\tb\tl\n0\t\"x\ty\"\tz\t4.25\n1\tx\t\"\"\"\"\t0\n"},
}};

const Task &taskOf(size_t form) {
  static const std::vector<Task> tasks = [] {
    std::vector<Task> made;
    for (const Form &each : kForms) {
      const Result<Task> task = readTask(folderOf({{"t.yaml", taskText(each.kind, each.layout)}}) + "/t.yaml");
      expect(task.has_value(), "a task", task ? "" : task.error().render());
      made.push_back(*task);
    }
    return made;
  }();
  return tasks[form];
}

void expectRow(const Task &task, const Row &row) {
  expect(row.fields.size() == task.kind->fields.size() && row.line >= 1, "whole rows");
  std::ranges::for_each(row.fields, [](const std::string &field) { expectText(field); });
  const size_t choices = task.kind->name == "choice" ? row.lists.back().size() : task.labels.size();
  if (const auto *label = std::get_if<int32_t>(&row.gold)) {
    expect(*label >= 0 && static_cast<size_t>(*label) < choices, "labels of the task, or choices of the row");
  }
  SequenceTexts texts;
  task.kind->textsOf(row, 16, texts);
  expect(!texts.sequences.empty(), "at least one sequence");
  for (const SequenceTexts::One &one : texts.sequences) {
    expectText(std::string(one.text));
    expectText(std::string(one.other));
  }
  for (const std::vector<std::string> &list : row.lists) {
    std::ranges::for_each(list, [](const std::string &item) { expectText(item); });
  }
  expect(task.kind->checkRow(row).has_value(), "rows that are right");
  if (const auto *entities = std::get_if<std::vector<Entity>>(&row.gold)) {
    for (const Entity &entity : *entities) {
      expect(entity.begin >= 0 && entity.begin < entity.end && entity.end <= countCodePoints(row.fields.front()),
             "entities in their text");
    }
  }
}

void run(std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  const Task &task = taskOf(static_cast<unsigned char>(bytes.front()) % kForms.size());
  const std::string_view text = bytes.substr(1);
  if (const Result<void> utf8 = checkUtf8(text, "f"); !utf8) {
    expectRefusal(utf8.error(), "f:");
    return; // as readTextFile does
  }
  for (const bool labelled : {true, false}) {
    const Result<LayoutRows> read = readRows({task, task.layouts.front(), labelled, text, "f"});
    if (!read) {
      expectRefusal(read.error(), "f:");
      continue;
    }
    std::ranges::for_each(read->rows, [&](const Row &row) { expectRow(task, row); });
    std::ranges::for_each(read->notes, [](const std::string &note) { expectText(note); });
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (size_t i = 0; i < kForms.size(); ++i) {
    all.push_back(static_cast<char>(i) + std::string(kForms[i].seed));
  }
  return all;
}

const Harness harness("rows", run, seeds);

} // namespace
} // namespace clew::fuzz
