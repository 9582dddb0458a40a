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

constexpr std::array<Form, 9> kForms = {{
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
  if (const auto *label = std::get_if<int32_t>(&row.gold)) {
    expect(*label >= 0 && static_cast<size_t>(*label) < task.labels.size(), "labels of the task");
  }
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
