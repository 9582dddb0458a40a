// Task files: what is shipped is right, and what is wrong is said with its place.
#include "tests/suites/data/DataCases.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace clew;

namespace {

/// The errors of a task file after replacing `from` by `to`, each "LINE:COL: message" on a line.
std::string errorsOf(const std::string &from, const std::string &to, std::string_view kind = "classify",
                     std::string_view layout = "{reader: json, first: a, label: l}") {
  std::string text = taskText(kind, layout);
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const TemporaryFolder folder;
  const std::string path = (folder.path + "/t.yaml");
  std::ofstream(path) << text;
  std::string all;
  for (const Error &error : checkTaskFile(path)) {
    CHECK(error.where.starts_with(path));
    all += error.where.substr(std::min(path.size() + 1, error.where.size())) + ": " + error.message + "\n";
  }
  return all;
}

} // namespace

TEST_CASE("every shipped task is right, and official files are pinned") {
  const std::string folder = std::string(CLEW_SOURCE_DIR) + "/suites/tasks";
  const Result<TaskSet> set = TaskSet::open({folder});
  REQUIRE_MESSAGE(set, (set ? "" : set.error().render()));
  for (const Error &error : set->errors()) {
    FAIL_CHECK(error.render());
  }
  for (const char *name : {"cluener", "tnews", "chnsenticorp", "afqmc", "ocnli", "cmrc2018", "lcqmc", "xnli", "iflytek",
                           "csl", "iflytek-fewclue", "csl-fewclue"}) {
    CHECK_MESSAGE(set->find(name), name);
  }
  for (const Task &task : set->tasks()) {
    CAPTURE(task.name);
    CHECK(std::filesystem::path(task.file).stem() == task.name);
    CHECK((task.split("dev") != task.split("train") || (task.splits.size() == 1 && task.split("test"))));
    CHECK((task.labelNames.empty() || task.labelNames.size() == task.labels.size()));
  }
  const Result<Task> tagging = set->find("cluener");
  REQUIRE(tagging);
  CHECK(tagging->outputs() == 21);
  CHECK(tagging->outputNames()[2] == "I-address");
  CHECK(set->find("iflytek")->labels.size() == 119);
  CHECK(set->find("tnews")->labels[5] == "106");
  const Result<Task> unknown = set->find("clueener");
  REQUIRE(!unknown);
  CHECK(unknown.error().kind == ErrorKind::NotFound);
  CHECK(unknown.error().message == "unknown task 'clueener', did you mean 'cluener'?");
}

TEST_CASE("a right file has no errors") { CHECK(errorsOf("task: small", "task: other").empty()); }

TEST_CASE("errors have their place and say what was expected") {
  CHECK(errorsOf("version", "verzion") ==
        "1:1: missing 'version' in a task\n3:1: unknown key 'verzion' in a task, did you mean 'version'?\n");
  CHECK(errorsOf("kind: classify", "kind: clasify") == "2:7: unknown kind 'clasify', did you mean 'classify'?\n");
  CHECK(errorsOf("accuracy", "em").starts_with("8:11: a classify task has no metric 'em', it has 'accuracy'"));
  CHECK(errorsOf("task: small", "task: ../x").starts_with("1:7: expected a name"));
  CHECK(errorsOf("\"1\": yes", "\"0\": yes").starts_with("9:"));
  CHECK(errorsOf("wrong: \"0\"", "wrong: \"7\"") == "10:18: unknown label '7'\n");
  CHECK(errorsOf("wrong: \"0\"", "\"1\": \"0\"") == "10:11: '1' is a label itself\n");
  CHECK(errorsOf("[\"-\"]", "[\"1\"]") == "11:8: '1' is a label of the task and cannot be skipped\n");
  CHECK(errorsOf("longest: 64", "longest: many").starts_with("6:10: "));
  CHECK(errorsOf("small_predict.json", "a/b.json").starts_with("7:13: expected a file name"));
}

TEST_CASE("layouts are held against the kind of task and the reader") {
  CHECK(errorsOf("reader: json", "reader: jsno") == "12:26: unknown reader 'jsno', did you mean 'json'?\n");
  CHECK(errorsOf("reader: json", "reader: squad").find("does not read rows of a classify task") != std::string::npos);
  CHECK(errorsOf(", label: l", "").find("missing 'label' in layout 'main'") != std::string::npos);
  CHECK(errorsOf(", label: l", ", label: l, second: b").find("'second' means nothing") != std::string::npos);
  CHECK(errorsOf("reader: json", "reader: tsv, columns: [b, l]").find("'a' is none of the columns") !=
        std::string::npos);
  CHECK(errorsOf("reader: json", "reader: json, columns: [a, l]").find("takes none") != std::string::npos);
}

TEST_CASE("file names cannot leave the folder, hashes and URLs are what they say") {
  for (const char *name : {"../dev", "/dev", "a/../../b", "a//b", ".", "a/", "\"a\\nb\"", "a!b", "'a\\b'"}) {
    CAPTURE(name);
    CHECK(errorsOf("name: dev", "name: " + std::string(name)).find("expected a file name below") != std::string::npos);
  }
  CHECK(errorsOf("name: dev", "name: dev, sha256: abc").find("expected 64 hex digits") != std::string::npos);
  CHECK(errorsOf("name: dev", "name: dev, url: file:///etc/passwd").find("expected a URL") != std::string::npos);
  CHECK(errorsOf("name: dev", "name: dev, url: archive").find("'archive' stands for") != std::string::npos);
  CHECK(errorsOf("name: dev", "name: dev, layout: mian").find("unknown layout 'mian'") != std::string::npos);
  CHECK(errorsOf("[{name: dev}]", "[]").find("expected a list of files") != std::string::npos);
  CHECK(errorsOf("stride: 8", "stride: 64", "span", "{reader: squad}").find("'stride' must be less") !=
        std::string::npos);
}

TEST_CASE("urls name a file or a member of the task's archive") {
  std::string text = taskText("classify", "{reader: json, first: a, label: l}");
  text += "archive: https://example.org/small.zip\n";
  text.replace(text.find("{name: dev}"), 11, "{name: dev, url: [archive, http://example.org/dev]}");
  const DataCase data(text);
  const std::vector<std::string> &urls = data.task().splits[0].files[0].urls;
  REQUIRE(urls.size() == 2);
  CHECK(urls[0] == "https://example.org/small.zip!dev");
  CHECK(urls[1] == "http://example.org/dev");
}

TEST_CASE("a task that stands twice and a broken one are said, not skipped") {
  const TemporaryFolder folder;
  std::ofstream((folder.path + "/a.yaml")) << taskText("tag", "{reader: entities}");
  std::ofstream((folder.path + "/b.yaml")) << taskText("tag", "{reader: entities}");
  std::ofstream((folder.path + "/broken.yaml")) << "task: [\n";
  const Result<TaskSet> set = TaskSet::open({folder.path});
  REQUIRE(set);
  CHECK(std::count_if(set->errors().begin(), set->errors().end(),
                      [&](const Error &e) { return e.where.starts_with(folder.path); }) == 2);
  CHECK(set->find("small"));
  const Result<Task> broken = set->find("broken");
  REQUIRE(!broken);
  CHECK(broken.error().where.find("broken.yaml:") != std::string::npos);
}

TEST_CASE("a wrong file takes no other task with it, and is told when its task is asked for") {
  const std::string right = taskText("tag", "{reader: entities}");
  const auto renamed = [&](const std::string &name) {
    std::string text = right;
    return text.replace(text.find("small"), 5, name);
  };
  // Broken at the first character, in the middle, at the end; named otherwise than its file; not even YAML.
  const std::vector<std::pair<std::string, std::string>> broken = {
      {"one", "task: one\nkind: [\n"}, {"two", renamed("two") + "surplus: 1\n"}, {"three", "\xff\xfe"}, {"four", ""},
      {"five", "- a list\n"},          {"six", renamed("six") + "labels: []\n"}};
  const TemporaryFolder folder;
  folder.write("right.yaml", right);
  for (const auto &[name, text] : broken) {
    folder.write(name + ".yaml", text);
  }
  folder.write("other-name.yaml", renamed("seven") + "surplus: 1\n");
  const Result<TaskSet> set = TaskSet::open({folder.path});
  REQUIRE(set);
  CHECK(set->find("small"));
  CHECK(set->find("cluener"));
  for (const auto &[name, text] : broken) {
    CAPTURE(name);
    const Result<Task> task = set->find(name);
    REQUIRE(!task);
    CHECK(task.error().where.starts_with(folder.path + "/" + name + ".yaml"));
  }
  const Result<Task> seven = set->find("seven");
  REQUIRE(!seven);
  CHECK(seven.error().where.starts_with(folder.path + "/other-name.yaml:"));
  CHECK(set->errors().size() == broken.size() + 1);
}

TEST_CASE("metrics are those of the kind, and the headline is one of them") {
  const std::string head = "headline: accuracy";
  CHECK(errorsOf(head, head + "\nmetrics: [accuracy, f1, matthews]").empty());
  CHECK(errorsOf(head, head + "\nmetrics: [accuracy, em]").find("9:21: a classify task has no metric 'em'") == 0);
  CHECK(errorsOf(head, head + "\nmetrics: [accuracy, accuracy]").find("stands there twice") != std::string::npos);
  CHECK(errorsOf(head, head + "\nmetrics: [f1]").find("8:11: the headline 'accuracy' is none of the 'metrics'") == 0);
  CHECK(errorsOf("\"1\": yes", "\"1\": yes, \"2\": so\nmetrics: [accuracy, f1]").empty() == false);
  CHECK(errorsOf("range: [0, 5]", "range: [5, 0]", "regression", "{reader: tsv, first: a, second: b, label: l}")
            .find("expected 'range' as [least, greatest]") != std::string::npos);
  CHECK(errorsOf("range: [0, 5]\n", "", "regression", "{reader: tsv, first: a, second: b, label: l}")
            .find("missing 'range' in a task") != std::string::npos);
}

TEST_CASE("files may have parts, and answers where a reader takes them") {
  const std::string layout = "{reader: chid}";
  const auto errors = [&](const std::string &file) { return errorsOf("{name: dev}", file, "cloze", layout); };
  CHECK(errors("{name: dev, answers: {name: dev_answer}}").empty());
  CHECK(errors("{name: dev, also: [{name: more}]}").empty());
  CHECK(errors("{name: dev, answers: {name: ../x}}").find("expected a file name below") != std::string::npos);
  CHECK(errors("{name: dev, answers: {nam: x}}").find("unknown key 'nam'") != std::string::npos);
  CHECK(errors("{name: dev, also: {name: x}}").find("expected a list of files") != std::string::npos);
  CHECK(errors("{name: dev, also: [{name: m}], answers: {name: x}}").find("'also' names more") != std::string::npos);
  CHECK(errorsOf("{name: dev}", "{name: dev, answers: {name: x}}").find("takes no file of answers") !=
        std::string::npos);
  CHECK(errorsOf("reader: json", "reader: json, numbered: true").find("'numbered' is for bio") != std::string::npos);
}

TEST_CASE("lists that are empty are said to be") {
  CHECK(errorsOf("[{name: dev}]", "[]") == "14:8: expected a list of files, found an empty list\n");
  CHECK(errorsOf("labels: {\"0\": no, \"1\": yes}", "labels: []").find("expected 2 to 10000 labels, found 0") !=
        std::string::npos);
  CHECK(errorsOf("layouts: {main: {reader: json, first: a, label: l}}", "layouts: {}")
            .find("expected at least one layout") != std::string::npos);
}
