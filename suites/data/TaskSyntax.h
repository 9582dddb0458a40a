// TaskSyntax: the parts of a task's YAML that say where rows lie and how files say them. Used by the task reader alone.
#pragma once

#include "suites/data/Task.h"
#include "yaml/Diagnostics.h"
#include "yaml/YamlDocument.h"

namespace clew {

/// Whether `name` is a relative '/'-separated name that cannot lead out of its folder and holds no control character.
bool isInsideName(std::string_view name);

/// `layouts: {NAME: {reader: json, first: sentence, label: label, id: id}}` into task.layouts; the task's kind stands already.
void readLayouts(const YamlNode &node, Task &task, Diagnostics &diagnostics);

/// `splits: {dev: [{name: dev.json, layout: .., rows: .., sha256: .., url: ..}], test: {labelled: false, files: [..]}}` into task.splits;
/// the layouts stand already. A url is one or a list; `archive` stands for `archive`!name.
void readSplits(const YamlNode &node, const std::string &archive, Task &task, Diagnostics &diagnostics);

} // namespace clew
