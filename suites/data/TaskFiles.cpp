// The part of a task's YAML that says which files hold the splits, where they come from and how they are laid out.
#include "suites/data/Layouts.h"
#include "suites/data/TaskSyntax.h"
#include "yaml/Suggest.h"
#include "yaml/YamlFields.h"

#include <algorithm>

namespace clew {
namespace {

bool isSha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string fieldText(YamlFields &fields, std::string_view key, Diagnostics &diagnostics) {
  const YamlEntry *entry = fields.find(key);
  return entry ? textOf(entry->value, "'" + entry->key + "'", diagnostics).value_or("") : std::string();
}

/// Reads the keys that name columns: those that the layout's reader and the task's kind need, and no others.
void readColumns(YamlFields &fields, const ReaderTraits &reader, const TaskKind &kind, Spot at, FileLayout &layout,
                 Diagnostics &diagnostics) {
  const auto check = [&](const std::string &value, std::string_view key, bool needed) {
    const std::string name(key);
    if (needed && value.empty()) {
      diagnostics.error(at, "missing '" + name + "' in layout '" + layout.name + "'");
    } else if (!value.empty() && !reader.takesKeys) {
      diagnostics.error(at, "'" + name + "' means nothing in layout '" + layout.name + "'");
    } else if (!value.empty() && !layout.columns.empty() &&
               std::ranges::find(layout.columns, value) == layout.columns.end()) {
      diagnostics.error(at, "'" + value + "' is none of the columns " + quotedList(layout.columns));
    }
  };
  layout.id = fieldText(fields, "id", diagnostics);
  check(layout.id, "id", false);
  for (const RowField &field : kind.fields) {
    layout.fields.push_back(fieldText(fields, field.key, diagnostics));
    check(layout.fields.back(), field.key, reader.takesKeys);
  }
  layout.label = fieldText(fields, "label", diagnostics);
  check(layout.label, "label", reader.takesKeys);
  if (const YamlEntry *entry = fields.find("numbered")) {
    layout.numbered = boolOf(entry->value, "'numbered'", diagnostics).value_or(false);
    if (!reader.column) {
      diagnostics.error(entry->at,
                        "'numbered' is for bio, bioes and bmes; it means nothing in layout '" + layout.name + "'");
    }
  }
  // A key of another kind is known, but of no use here.
  for (const TaskKind *other : taskKinds()) {
    for (const RowField &field : other->fields) {
      const bool ours = std::ranges::find(kind.fields, field.key, &RowField::key) != kind.fields.end();
      if (!ours && fields.find(field.key)) {
        diagnostics.error(at, "'" + std::string(field.key) + "' means nothing in layout '" + layout.name + "'");
      }
    }
  }
}

/// Whether the kind's rows can be read so.
bool checkReader(const ReaderTraits &reader, const TaskKind &kind, Spot at, const FileLayout &layout,
                 Diagnostics &diagnostics) {
  if (std::ranges::find(kind.readers, reader.name) == kind.readers.end()) {
    diagnostics.error(at, "the reader '" + layout.reader + "' does not read rows of a " + std::string(kind.name) +
                              " task, which has " + quotedList({kind.readers.begin(), kind.readers.end()}));
    return false;
  }
  if (!layout.columns.empty() && !reader.tabular) {
    diagnostics.error(at, "'columns' is for tsv and csv; the reader '" + layout.reader + "' takes none");
  }
  return true;
}

FileLayout readLayout(const YamlEntry &entry, const Task &task, Diagnostics &diagnostics) {
  FileLayout layout;
  layout.name = entry.key;
  YamlFields fields(entry.value, "layout '" + entry.key + "'", diagnostics);
  const YamlEntry *reader = fields.need("reader");
  layout.reader = reader ? textOf(reader->value, "'reader'", diagnostics).value_or("") : "";
  if (const YamlEntry *columns = fields.find("columns")) {
    for (const YamlNode *item : itemsOf(columns->value, "'columns'", diagnostics)) {
      layout.columns.push_back(textOf(*item, "a column", diagnostics).value_or(""));
    }
  }
  const ReaderTraits *traits = findReader(layout.reader);
  if (traits) {
    if (checkReader(*traits, *task.kind, entry.at, layout, diagnostics)) {
      readColumns(fields, *traits, *task.kind, entry.at, layout, diagnostics);
      fields.finish();
    }
  } else if (!layout.reader.empty()) {
    const std::string hint = didYouMean(layout.reader, readerNames());
    diagnostics.error(reader->value.at, "unknown reader '" + layout.reader + "'" +
                                            (hint.empty() ? ", there is " + quotedList(readerNames()) : hint));
  }
  return layout;
}

void addUrl(const YamlNode &node, const std::string &archive, TaskPart &file, Diagnostics &diagnostics) {
  const std::string url = textOf(node, "'url'", diagnostics).value_or("");
  if (url == "archive") {
    if (archive.empty()) {
      diagnostics.error(node.at, "'archive' stands for the task's key 'archive', which is missing");
    }
    file.urls.push_back(archive + "!" + file.name);
  } else if (url.starts_with("https://") || url.starts_with("http://")) {
    file.urls.push_back(url);
  } else {
    diagnostics.error(node.at, "expected a URL (https:// or http://) or 'archive', found '" + url + "'");
  }
}

/// What a file and its parts have in common: name, sha256, url.
TaskPart readPart(YamlFields &fields, const std::string &archive, Diagnostics &diagnostics) {
  TaskPart part;
  const YamlEntry *name = fields.need("name");
  part.name = name ? textOf(name->value, "'name'", diagnostics).value_or("") : "";
  if (name && !isInsideName(part.name)) {
    diagnostics.error(name->value.at, "expected a file name below the task's folder, found '" + part.name + "'");
  }
  const YamlEntry *sha256 = fields.find("sha256");
  part.sha256 = sha256 ? textOf(sha256->value, "'sha256'", diagnostics).value_or("") : "";
  if (sha256 && !isSha256(part.sha256)) {
    diagnostics.error(sha256->value.at, "expected 64 hex digits in small letters, found '" + part.sha256 + "'");
  }
  if (const YamlEntry *url = fields.find("url"); url && url->value.kind == YamlNode::Kind::Sequence) {
    for (const YamlNode &item : url->value.items) {
      addUrl(item, archive, part, diagnostics);
    }
  } else if (url) {
    addUrl(url->value, archive, part, diagnostics);
  }
  return part;
}

TaskPart readWholePart(const YamlNode &node, const std::string &archive, Diagnostics &diagnostics) {
  YamlFields fields(node, "a file", diagnostics);
  TaskPart part = readPart(fields, archive, diagnostics);
  fields.finish();
  return part;
}

/// `also: [{name: ..}]` and `answers: {name: ..}`.
void readParts(YamlFields &fields, const std::string &archive, const Task &task, TaskFile &file,
               Diagnostics &diagnostics) {
  if (const YamlEntry *also = fields.find("also")) {
    if (also->value.kind != YamlNode::Kind::Sequence) {
      diagnostics.error(also->value.at, "expected a list of files whose rows follow, found " + describe(also->value));
    }
    for (const YamlNode &item : also->value.items) {
      file.also.push_back(readWholePart(item, archive, diagnostics));
    }
  }
  if (const YamlEntry *answers = fields.find("answers")) {
    file.answers = readWholePart(answers->value, archive, diagnostics);
    const FileLayout *layout = task.layout(file.layout);
    const ReaderTraits *reader = layout ? findReader(layout->reader) : nullptr;
    if (reader && !reader->answers) {
      diagnostics.error(answers->at, "the reader '" + layout->reader + "' takes no file of answers");
    }
    if (!file.also.empty()) {
      diagnostics.error(answers->at, "'answers' is for one file of rows, and 'also' names more");
    }
  }
}

TaskFile readFile(const YamlNode &node, const std::string &archive, const Task &task, Diagnostics &diagnostics) {
  TaskFile file;
  YamlFields fields(node, "a file", diagnostics);
  TaskPart own = readPart(fields, archive, diagnostics);
  file.name = std::move(own.name);
  file.sha256 = std::move(own.sha256);
  file.urls = std::move(own.urls);
  const YamlEntry *layout = fields.find("layout");
  file.layout = layout                 ? textOf(layout->value, "'layout'", diagnostics).value_or("")
                : task.layouts.empty() ? ""
                                       : task.layouts.front().name;
  if (layout && !task.layout(file.layout)) {
    std::vector<std::string> names;
    for (const FileLayout &known : task.layouts) {
      names.push_back(known.name);
    }
    diagnostics.error(layout->value.at, "unknown layout '" + file.layout + "', there is " + quotedList(names));
  }
  if (const YamlEntry *rows = fields.find("rows")) {
    file.rows = intOf(rows->value, "'rows'", 1, 100'000'000, diagnostics).value_or(0);
  }
  file.submission = fieldText(fields, "submission", diagnostics);
  readParts(fields, archive, task, file, diagnostics);
  fields.finish();
  return file;
}

void readSplitFiles(const YamlNode &node, const std::string &archive, const Task &task, TaskSplit &split,
                    Diagnostics &diagnostics) {
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    diagnostics.error(node.at, "expected a list of files, found " + describe(node));
  }
  for (const YamlNode &item : node.items) {
    split.files.push_back(readFile(item, archive, task, diagnostics));
  }
}

/// A list of files, or a map that also says that they have no labels.
void readSplit(const YamlEntry &entry, const std::string &archive, const Task &task, TaskSplit &split,
               Diagnostics &diagnostics) {
  if (entry.value.kind == YamlNode::Kind::Sequence) {
    readSplitFiles(entry.value, archive, task, split, diagnostics);
    return;
  }
  YamlFields fields(entry.value, "split '" + entry.key + "'", diagnostics);
  if (const YamlEntry *labelled = fields.find("labelled")) {
    split.labelled = boolOf(labelled->value, "'labelled'", diagnostics).value_or(true);
  }
  if (const YamlEntry *files = fields.need("files")) {
    readSplitFiles(files->value, archive, task, split, diagnostics);
  }
  fields.finish();
}

} // namespace

bool isInsideName(std::string_view name) {
  if (name.empty() || name.size() > 200 || name.front() == '/' || name.back() == '/') {
    return false;
  }
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    begin = end + 1;
  }
  return std::none_of(name.begin(), name.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\' || c == '!'; });
}

void readLayouts(const YamlNode &node, Task &task, Diagnostics &diagnostics) {
  expectMap(node, "'layouts'", diagnostics);
  for (const YamlEntry &entry : node.entries) {
    task.layouts.push_back(readLayout(entry, task, diagnostics));
  }
  if (node.kind == YamlNode::Kind::Map && node.entries.empty()) {
    diagnostics.error(node.at, "expected at least one layout");
  }
}

void readSplits(const YamlNode &node, const std::string &archive, Task &task, Diagnostics &diagnostics) {
  expectMap(node, "'splits'", diagnostics);
  for (const YamlEntry &entry : node.entries) {
    TaskSplit split;
    split.name = entry.key;
    if (!isIdentifier(entry.key)) {
      diagnostics.error(entry.at, "expected the name of a split (train, dev, test), found '" + entry.key + "'");
    }
    readSplit(entry, archive, task, split, diagnostics);
    task.splits.push_back(std::move(split));
  }
  if (node.kind == YamlNode::Kind::Map && node.entries.empty()) {
    diagnostics.error(node.at, "expected at least one split");
  }
}

} // namespace clew
