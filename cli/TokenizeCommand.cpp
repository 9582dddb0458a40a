// clew tokenize: the tokens, ids and places that texts become, as a model reads them: what is to be looked at first when a checkpoint says
// other things here than elsewhere.
#include "cli/Command.h"
#include "cli/Exit.h"
#include "cli/ModelArgument.h"
#include "cli/Output.h"
#include "cli/Table.h"
#include "compiler/Compile.h"
#include "runtime/base/LineReader.h"
#include "suites/data/Dataset.h"
#include "suites/run/TokenizerSearch.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace clew {
namespace {

struct TokenizeArguments {
  ModelArgument model;
  std::string weights;
  std::string vocabulary;
  std::string data;
  std::vector<std::string> texts;
  std::string file;
  bool pair = false;
  bool json = false;
};

/// A token of a row. `text` is 0 or 1 for those of the texts, -1 for a special one, which has no place.
struct RowToken {
  int32_t id;
  int32_t segment;
  int text = -1;
  int32_t begin = -1;
  int32_t end = -1;
};

bool isFolder(const std::string &path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

/// The tokenizer of a checkpoint's folder, whatever model its weights are for.
Result<FoundTokenizer> ofFolder(const TokenizeArguments &arguments) {
  Model model; // that states nothing
  model.file = arguments.model.spec;
  return findTokenizer(model, {arguments.vocabulary, arguments.model.spec, "", INT32_MAX});
}

Result<FoundTokenizer> ofModel(const TokenizeArguments &arguments, int &code) {
  const Result<Model> model = loadModel(arguments.model);
  if (!model) {
    code = codeOf(model.error());
    return fail(model);
  }
  CompileOptions options; // for the number of ids alone
  options.target = Target::Ref;
  const Result<Program> program = compileCached(*model, options);
  if (!program) {
    return fail(program);
  }
  return findTokenizer(*model, {arguments.vocabulary, arguments.weights, dataFolder(arguments.data).value_or(""),
                                limitOf(*program, "ids")});
}

Result<std::vector<RowToken>> rowOf(const Tokenizer &tokenizer, const std::vector<std::string> &texts) {
  std::vector<Tokens> tokens(2);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (Result<void> done = tokenizer.encode(texts[i], tokens[i]); !done) {
      return fail(done);
    }
  }
  std::vector<RowToken> row;
  for (const FormPiece &piece : texts.size() > 1 ? tokenizer.form().pair : tokenizer.form().single) {
    if (piece.kind == TextPiece::Kind::Token) {
      row.push_back({piece.id, piece.segment});
      continue;
    }
    const int text = piece.kind == TextPiece::Kind::First ? 0 : 1;
    const Tokens &of = tokens[static_cast<size_t>(text)];
    for (size_t i = 0; i < of.size(); ++i) {
      row.push_back({of.ids[i], piece.segment, text, of.begins[i], of.ends[i]});
    }
  }
  return row;
}

std::string nameOf(const Tokenizer &tokenizer, int32_t id) {
  for (const AddedToken &added : tokenizer.added()) {
    if (added.id == id) {
      return added.content;
    }
  }
  return id < tokenizer.vocabulary().size() ? std::string(tokenizer.vocabulary().token(id)) : "";
}

std::string renderJson(const Tokenizer &tokenizer, const std::vector<std::string> &texts,
                       const std::vector<RowToken> &row) {
  nlohmann::ordered_json line;
  line["texts"] = texts;
  for (const char *key : {"tokens", "ids", "segments", "of", "offsets"}) {
    line[key] = nlohmann::ordered_json::array();
  }
  for (const RowToken &token : row) {
    line["tokens"].push_back(nameOf(tokenizer, token.id));
    line["ids"].push_back(token.id);
    line["segments"].push_back(token.segment);
    line["of"].push_back(token.text < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(token.text));
    line["offsets"].push_back(token.text < 0 ? nlohmann::ordered_json()
                                             : nlohmann::ordered_json({token.begin, token.end}));
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// Code points begin..end-1.
std::string cutOut(const std::string &text, int32_t begin, int32_t end) {
  std::string cut;
  int32_t index = -1;
  for (const char byte : text) {
    index += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
    if (index >= begin && index < end) {
      cut += byte;
    }
  }
  return cut;
}

std::string renderTable(const Tokenizer &tokenizer, const std::vector<std::string> &texts,
                        const std::vector<RowToken> &row) {
  constexpr size_t most = 4096; // rows whose cells are cut out of the text; beyond that the place alone says it
  Table table({{"#", Align::Right},
               {"id", Align::Right},
               {"token"},
               {"segment", Align::Right},
               {"begin", Align::Right},
               {"end", Align::Right},
               {"text"}});
  for (size_t i = 0; i < row.size(); ++i) {
    const RowToken &token = row[i];
    std::vector<std::string> cells = {std::to_string(i), std::to_string(token.id),
                                      visibleText(nameOf(tokenizer, token.id)), std::to_string(token.segment)};
    if (token.text < 0) {
      cells.insert(cells.end(), {"", "", ""});
    } else {
      const std::string &text = texts[static_cast<size_t>(token.text)];
      cells.insert(cells.end(), {std::to_string(token.begin), std::to_string(token.end),
                                 row.size() <= most ? visibleText(cutOut(text, token.begin, token.end)) : ""});
    }
    table.add(std::move(cells));
  }
  return table.render() + "\n";
}

Result<void> show(const Tokenizer &tokenizer, const std::vector<std::string> &texts, bool json) {
  const Result<std::vector<RowToken>> row = rowOf(tokenizer, texts);
  if (!row) {
    return fail(row);
  }
  printText(json ? renderJson(tokenizer, texts, *row) : renderTable(tokenizer, texts, *row));
  return flushOutput();
}

/// A text a line; with `pair` two, and a tab between them.
Result<void> showLines(const Tokenizer &tokenizer, const TokenizeArguments &arguments) {
  Result<LineReader> lines = LineReader::open(arguments.file);
  if (!lines) {
    return fail(lines);
  }
  std::string line;
  Result<bool> more = lines->next(line);
  for (; more && *more; more = lines->next(line)) {
    std::vector<std::string> texts = {line};
    const std::string where = fmt::format("{}:{}", lines->name(), lines->number());
    if (arguments.pair) {
      const size_t tab = line.find('\t');
      if (tab == std::string::npos) {
        return fail(ErrorKind::BadInput, "expected two texts and a tab between them, found no tab", where);
      }
      texts = {line.substr(0, tab), line.substr(tab + 1)};
    }
    if (Result<void> done = show(tokenizer, texts, arguments.json); !done) {
      done.error().where = done.error().where.empty() ? where : done.error().where;
      return done;
    }
  }
  return more ? Result<void>() : fail(more);
}

Result<void> showAll(const Tokenizer &tokenizer, const TokenizeArguments &arguments) {
  if (arguments.pair && tokenizer.form().pair.empty()) {
    return fail(ErrorKind::Unsupported, "--pair: the model reads one text at a time");
  }
  if (!arguments.file.empty()) {
    return showLines(tokenizer, arguments);
  }
  const size_t step = arguments.pair ? 2 : 1;
  if (arguments.texts.size() % step != 0) {
    return fail(ErrorKind::BadInput, fmt::format("--pair takes texts two by two, found {}", arguments.texts.size()));
  }
  for (size_t i = 0; i < arguments.texts.size(); i += step) {
    const auto first = arguments.texts.begin() + static_cast<std::ptrdiff_t>(i);
    if (Result<void> done = show(tokenizer, {first, first + static_cast<std::ptrdiff_t>(step)}, arguments.json);
        !done) {
      return done;
    }
  }
  return {};
}

int tokenize(const TokenizeArguments &arguments) {
  int code = kFailed;
  const bool folder = isFolder(arguments.model.spec);
  if (folder && !arguments.weights.empty()) {
    return report({ErrorKind::BadInput, "--weights goes with a model; a folder has its own files", ""}, kUsage);
  }
  const Result<FoundTokenizer> found = folder ? ofFolder(arguments) : ofModel(arguments, code);
  if (!found) {
    return report(found.error(), code);
  }
  for (const std::string &note : found->notes) {
    say("note: {}\n", note);
  }
  const Result<void> shown = showAll(*found->tokenizer, arguments);
  return shown ? kDone : report(shown.error());
}

} // namespace

void addTokenizeCommand(CLI::App &app, Action &chosen) {
  auto arguments = std::make_shared<TokenizeArguments>();
  CLI::App *command = app.add_subcommand("tokenize", "Show the tokens, ids and offsets that texts become");
  command->footer(
      "Examples:\n  clew tokenize bert/base --text 江疏影甜甜圈自拍\n"
      "  clew tokenize checkpoints/roberta --text \"Hello world\"\n"
      "  clew tokenize checkpoints/albert --pair --json pairs.tsv\n\n"
      "FILE holds a text a line; with --pair two, and a tab between them. Offsets count code points. Special tokens\n"
      "are those that a row of the model has; rows are not cut.");
  command->add_option("MODEL|FOLDER", arguments->model.spec, "A model, or a checkpoint's folder, whose files decide")
      ->required();
  addZooOption(*command, arguments->model.zoo);
  CLI::Option_group *input = command->add_option_group("input", "One of");
  input->add_option("FILE", arguments->file, "Texts, one a line; - reads stdin");
  input->add_option("--text", arguments->texts, "A text; may be given again")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  input->require_option(1);
  command->add_flag("--pair", arguments->pair, "Rows of two texts");
  command->add_option("--weights", arguments->weights, "Of the model: a file or folder, beside which its tokenizer is")
      ->type_name("WEIGHTS");
  command
      ->add_option("--vocab", arguments->vocabulary,
                   "vocab.txt, or a folder of tokenizer files; else that of the weights, or the one that fits")
      ->type_name("PATH");
  addDataOption(*command, arguments->data);
  command->add_flag("--json", arguments->json, "One JSON object a row");
  command->callback([arguments, &chosen] { chosen = [arguments] { return tokenize(*arguments); }; });
}

} // namespace clew
