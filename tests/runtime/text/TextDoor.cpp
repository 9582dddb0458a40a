// clew_text_door: encodes what a script sends it, so that tokenizers in other languages can be compared with ours, in answers and in
// speed. Commands are lines on stdin; a text is its length in bytes (u32, little endian) and its bytes.
//
//   encode N, then N texts   answers, for each, a count (i32; -1: no UTF-8) and that many ids, begins and ends (i32)
//   hold N, then N texts     keeps them for `time`
//   time                     encodes all that is held once, on one thread; answers seconds, seconds of the processor and tokens as a line
//   characters N, N texts    as encode, with one token a character
//
//   clew_text_door VOCABULARY [keep-case] [keep-accents] [keep-chinese] [keep-dirt]     WordPiece
//   clew_text_door FOLDER [KIND]                                                        what the folder's files say, as KIND else
#include "runtime/text/TokenizerClasses.h"
#include "runtime/text/TokenizerTable.h"
#include "runtime/text/WordPiece.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace clew {
namespace {

bool readText(std::string &text) {
  uint32_t length = 0;
  if (!std::cin.read(reinterpret_cast<char *>(&length), sizeof(length))) {
    return false;
  }
  text.resize(length);
  return static_cast<bool>(std::cin.read(text.data(), length));
}

void append(std::string &reply, const std::vector<int32_t> &numbers) {
  reply.append(reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(int32_t));
}

bool encode(const Tokenizer &tokenizer, size_t count, bool characters) {
  std::string text;
  std::string reply;
  Tokens tokens;
  for (size_t i = 0; i < count; i++) {
    if (!readText(text)) {
      return false;
    }
    Result<void> done = characters ? tokenizer.encodeCharacters(text, tokens) : tokenizer.encode(text, tokens);
    append(reply, {done ? static_cast<int32_t>(tokens.size()) : -1});
    append(reply, tokens.ids);
    append(reply, tokens.begins);
    append(reply, tokens.ends);
  }
  std::cout << reply << std::flush;
  return true;
}

bool hold(size_t count, std::vector<std::string> &held) {
  held.resize(count);
  for (std::string &text : held) {
    if (!readText(text)) {
      return false;
    }
  }
  return true;
}

void timeHeld(const Tokenizer &tokenizer, const std::vector<std::string> &held) {
  size_t count = 0;
  auto start = std::chrono::steady_clock::now();
  std::clock_t processorStart = std::clock();
  for (const std::string &text : held) {
    Tokens tokens; // as an answer that the caller keeps
    if (tokenizer.encode(text, tokens)) {
      count += tokens.size();
    }
  }
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  double processor = static_cast<double>(std::clock() - processorStart) / CLOCKS_PER_SEC;
  std::cout << fmt::format("{:.9f} {:.9f} {}\n", taken.count(), processor, count) << std::flush;
}

int serve(const Tokenizer &tokenizer) {
  std::vector<std::string> held;
  for (std::string line; std::getline(std::cin, line);) {
    size_t space = line.find(' ');
    std::string command = line.substr(0, space);
    size_t count = space == std::string::npos ? 0 : std::stoul(line.substr(space + 1));
    bool isUnderstood = false;
    if (command == "encode" || command == "characters") {
      isUnderstood = encode(tokenizer, count, command == "characters");
    } else if (command == "hold") {
      isUnderstood = hold(count, held);
    } else if (command == "time") {
      timeHeld(tokenizer, held);
      isUnderstood = true;
    }
    if (!isUnderstood) {
      std::cerr << "not understood: " << line << '\n';
      return 1;
    }
  }
  return 0;
}

using Made = Result<std::shared_ptr<const Tokenizer>>;

Made wordPiece(int count, char **arguments) {
  WordPieceOptions options;
  for (int i = 2; i < count; i++) {
    std::string option = arguments[i];
    options.lowercase = options.lowercase && option != "keep-case";
    options.stripAccents = options.stripAccents && option != "keep-accents";
    options.splitChinese = options.splitChinese && option != "keep-chinese";
    options.cleanText = options.cleanText && option != "keep-dirt";
  }
  Result<Vocabulary> vocabulary = Vocabulary::load(arguments[1]);
  Result<WordPiece> made = vocabulary ? WordPiece::create(*vocabulary, options) : Result<WordPiece>(fail(vocabulary));
  return made ? Made(std::make_shared<WordPiece>(std::move(*made))) : Made(fail(made));
}

Made ofFolder(const std::string &path, const std::string &otherwise) {
  std::vector<std::string> notes;
  const Result<CheckpointFolder> folder = CheckpointFolder::open(path);
  const Result<TokenizerFiles> files = folder ? TokenizerFiles::read(*folder, notes) : fail(folder);
  if (!files) {
    return fail(files);
  }
  const auto said = declaredKind(*files);
  if (!said) {
    return fail(said);
  }
  const auto kind = findTokenizerKind(said->value_or(otherwise));
  if (!kind) {
    return fail(kind);
  }
  const TextForm form;
  Made made = (*kind)->make({*files, files->vocabulary.value_or(Vocabulary()), form}, notes);
  for (const std::string &note : notes) {
    std::cerr << "note: " << note << '\n';
  }
  return made;
}

int run(int count, char **arguments) {
  if (count < 2) {
    std::cerr << "expected a vocabulary or a folder\n";
    return 2;
  }
  auto start = std::chrono::steady_clock::now();
  const bool isFolder = std::filesystem::is_directory(arguments[1]);
  const Made tokenizer =
      isFolder ? ofFolder(arguments[1], count > 2 ? arguments[2] : "wordpiece") : wordPiece(count, arguments);
  if (!tokenizer) {
    std::cerr << tokenizer.error().render() << '\n';
    return 1;
  }
  std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  std::cerr << fmt::format("ready after {:.1f} ms\n", taken.count());
  return serve(**tokenizer);
}

} // namespace
} // namespace clew

int main(int count, char **arguments) {
  std::ios::sync_with_stdio(false);
  return clew::run(count, arguments);
}
