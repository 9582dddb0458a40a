// TaskText: small tasks in YAML, for tests of what reads their files.
#pragma once

#include <string>
#include <string_view>

namespace clew {

/// A task of a kind with a split dev (labelled) and a split test (not) in the files data/dev and data/test, read by `layout`:
/// "{reader: json, ...}".
inline std::string taskText(std::string_view kind, std::string_view layout) {
  std::string text = "task: small\nkind: " + std::string(kind) +
                     "\nversion: \"1\"\nsource: here\nlicence: none\nlongest: 64\nsubmission: small_predict.json\n";
  if (kind == "span") {
    text += "headline: em\nstride: 8\nlongest_answer: 20\n";
  } else if (kind.starts_with("tag")) {
    text += "headline: entity_f1\nlabels: [name, place]\n";
  } else if (kind == "choice" || kind == "cloze") {
    text += "headline: accuracy\n";
  } else if (kind == "regression") {
    text += "headline: pearson\nrange: [0, 5]\n";
  } else if (kind == "multi_label") {
    text += "headline: micro_f1\nlabels: [name, place, time]\nskip: [\"-\"]\nseparator: \",\"\n";
  } else {
    text += kind == "document" ? "stride: 8\n" : "";
    text += "headline: accuracy\nlabels: {\"0\": no, \"1\": yes}\naliases: {wrong: \"0\"}\nskip: [\"-\"]\n";
  }
  return text + "layouts: {main: " + std::string(layout) +
         "}\nsplits:\n  dev: [{name: dev}]\n  test: {labelled: false, files: [{name: test}]}\n";
}

} // namespace clew
