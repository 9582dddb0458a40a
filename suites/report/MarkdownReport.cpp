// Sections as GitHub's Markdown, and the sentences that stand above the numbers.
#include "suites/report/ReportNumbers.h"
#include "suites/report/ReportSections.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace clew {
namespace {

std::string rowsAre(size_t count, size_t total) {
  if (count == total) {
    return total == 1 ? "This row is" : "All rows are";
  }
  return count == 1 ? "1 row is" : fmt::format("{} rows are", count);
}

std::string rowsWere(size_t count, size_t total) {
  if (count == total) {
    return total == 1 ? "This row was" : "All rows were";
  }
  return count == 1 ? "1 row was" : fmt::format("{} rows were", count);
}

/// "load 0.6 at start" and "load 1.2 at start" are one flag: "load ... at start".
std::string withoutNumbers(const std::string &flag) {
  std::string out;
  for (size_t i = 0; i < flag.size(); ++i) {
    const bool begins = std::isdigit(static_cast<unsigned char>(flag[i])) != 0 && (i == 0 || flag[i - 1] == ' ');
    if (begins) {
      i = std::min(flag.find_first_not_of("0123456789.", i), flag.size()) - 1;
    }
    out += begins ? "..." : std::string(1, flag[i]);
  }
  return out;
}

std::string pipeLine(const std::vector<std::string> &cells) {
  std::string line = "|";
  for (const std::string &cell : cells) {
    line += ' ' + cell + " |";
  }
  return line + '\n';
}

} // namespace

std::vector<std::string> commonFlags(std::span<const ReportRow> rows) {
  std::vector<std::string> common = rows.empty() ? std::vector<std::string>{} : rows.front().furtherFlags();
  for (const ReportRow &row : rows) {
    const std::vector<std::string> flags = row.furtherFlags();
    std::erase_if(common, [&](const std::string &flag) { return std::ranges::find(flags, flag) == flags.end(); });
  }
  return common;
}

std::vector<std::string> markSentences(std::span<const ReportRow> rows) {
  const size_t total = rows.size();
  std::vector<std::string> sentences;
  auto say = [&](auto of, auto sentence) {
    if (const size_t count = static_cast<size_t>(std::ranges::count_if(rows, of)); count > 0) {
      sentences.push_back(sentence(count));
    }
  };
  say([](const ReportRow &row) { return row.randomWeights(); },
      [&](size_t count) {
        return rowsWere(count, total) +
               " run with random weights: such scores say nothing about a model, only speed and "
               "memory count. They are never ranked.";
      });
  say([](const ReportRow &row) { return !row.judged(); },
      [&](size_t count) {
        return rowsAre(count, total) +
               " incomplete: timed, but the same configuration had no accuracy run. They are never "
               "ranked.";
      });
  say([](const ReportRow &row) { return row.sampleData(); },
      [&](size_t count) {
        return rowsWere(count, total) +
               " measured on sample data, a few made-up rows that show that everything works and "
               "judge nothing. They are never ranked.";
      });
  say([](const ReportRow &row) { return !row.sampleData() && !row.dataOfficial; },
      [&](size_t count) {
        return rowsWere(count, total) + " measured on data that are not the official file (other sha256).";
      });
  say([](const ReportRow &row) { return row.tier && row.tier != Tier::Official; },
      [&](size_t count) {
        return rowsWere(count, total) + " timed in a tier other than official: the figures are not official results.";
      });
  return sentences;
}

std::vector<std::string> flagSentences(std::span<const ReportRow> rows) {
  std::vector<std::string> sentences;
  std::map<std::string, std::set<std::string>> wordings;
  std::map<std::string, size_t> counts;
  for (const ReportRow &row : rows) {
    for (const std::string &flag : row.furtherFlags()) {
      wordings[withoutNumbers(flag)].insert(flag);
      ++counts[withoutNumbers(flag)];
    }
  }
  for (const auto &[key, flags] : wordings) {
    const size_t count = counts[key];
    const std::string on = count >= rows.size() ? "all rows" : count == 1 ? "1 row" : fmt::format("{} rows", count);
    sentences.push_back(fmt::format("On {}: {}.", on, plainText(flags.size() == 1 ? *flags.begin() : key)));
  }
  return sentences;
}

std::vector<std::string> warnings(std::span<const ReportRow> rows) {
  std::vector<std::string> sentences = markSentences(rows);
  std::ranges::move(flagSentences(rows), std::back_inserter(sentences));
  return sentences;
}

std::string renderMarkdown(const std::string &title, std::span<const std::string> notes,
                           std::span<const ReportSection> sections) {
  std::string text = "# " + markdownText(title) + "\n";
  for (const std::string &note : notes) {
    text += (&note == notes.data() ? "\n" : "") + markdownText(note) + "\n";
  }
  for (const ReportSection &section : sections) {
    text += "\n## " + markdownText(section.title) + "\n\n";
    for (const std::string &note : section.notes) {
      text += markdownText(note) + "\n";
    }
    text += section.notes.empty() ? "" : "\n";
    std::vector<std::string> titles;
    std::vector<std::string> rules;
    for (const SheetColumn &column : section.sheet.columns) {
      titles.push_back(markdownText(column.title));
      rules.emplace_back(column.number ? "---:" : "---");
    }
    text += pipeLine(titles) + pipeLine(rules);
    for (const std::vector<std::string> &row : section.sheet.rows) {
      std::vector<std::string> cells;
      std::ranges::transform(row, std::back_inserter(cells),
                             [](const std::string &cell) { return markdownText(cell); });
      text += pipeLine(cells);
    }
  }
  return text;
}

} // namespace clew
