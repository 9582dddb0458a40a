// Rows to token sequences: where the special tokens stand, what is cut when a row is too long, and how long contexts become windows.
#include "suites/run/RowEncoder.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {

/// Tokens of one row, kept from row to row by each thread.
struct RowTokens {
  Tokens first;
  Tokens second;
};

struct RowEncoder::Impl {
  TaskKind kind;
  int64_t stride;
  WordPiece tokenizer;
  size_t longest;
  bool specials;

  void text(int32_t row, const Tokens &tokens, EncodedRows &out) const;
  void pair(int32_t row, const RowTokens &tokens, EncodedRows &out) const;
  void windows(int32_t row, const RowTokens &tokens, EncodedRows &out) const;
};

namespace {

void addSpecial(EncodedRows &out, int32_t id, int32_t segment) {
  out.ids.push_back(id);
  out.segments.push_back(segment);
  out.begins.push_back(-1);
  out.ends.push_back(-1);
}

/// `count` tokens from `first` on; with their place in the text if they are what is judged.
void addTokens(EncodedRows &out, const Tokens &tokens, size_t first, size_t count, int32_t segment) {
  const auto from = [&](const std::vector<int32_t> &values) {
    return values.begin() + static_cast<std::ptrdiff_t>(first);
  };
  const auto length = static_cast<std::ptrdiff_t>(count);
  out.ids.insert(out.ids.end(), from(tokens.ids), from(tokens.ids) + length);
  out.begins.insert(out.begins.end(), from(tokens.begins), from(tokens.begins) + length);
  out.ends.insert(out.ends.end(), from(tokens.ends), from(tokens.ends) + length);
  out.segments.insert(out.segments.end(), count, segment);
}

void addUnplaced(EncodedRows &out, const Tokens &tokens, size_t count, int32_t segment) {
  out.ids.insert(out.ids.end(), tokens.ids.begin(), tokens.ids.begin() + static_cast<std::ptrdiff_t>(count));
  out.begins.insert(out.begins.end(), count, -1);
  out.ends.insert(out.ends.end(), count, -1);
  out.segments.insert(out.segments.end(), count, segment);
}

/// Ends the sequence that began after the last offset; the judged text are `textTokens` tokens from `textBegin` on.
void finish(EncodedRows &out, int32_t row, size_t textBegin, size_t textTokens) {
  out.sequences.push_back({row, static_cast<int32_t>(textBegin), static_cast<int32_t>(textTokens)});
  out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
}

} // namespace

void EncodedRows::clear() {
  ids.clear();
  segments.clear();
  offsets.assign(1, 0);
  sequences.clear();
  begins.clear();
  ends.clear();
}

Result<RowEncoder> RowEncoder::create(const Task &task, WordPiece tokenizer, int64_t longest, bool specials) {
  // A span row needs [CLS], two [SEP], and at least one token each of question and window, so that windows move on.
  const int64_t least = task.kind == TaskKind::Span ? 8 : specials ? 4 : 1;
  if (longest < least || longest > INT32_MAX) {
    return fail(ErrorKind::BadInput,
                fmt::format("a row of the task '{}' needs room for {} tokens, found {}", task.name, least, longest));
  }
  if (!specials && task.kind != TaskKind::Tag) {
    return fail(
        ErrorKind::Unsupported,
        fmt::format(
            "a model without segments reads bare characters, for tagging; '{}' is of the kind {}, for which texts need "
            "[CLS] and [SEP]",
            task.name, nameOf(task.kind)));
  }
  RowEncoder encoder;
  encoder.impl = std::make_shared<Impl>(
      Impl{task.kind, task.stride, std::move(tokenizer), static_cast<size_t>(longest), specials});
  return encoder;
}

const WordPiece &RowEncoder::tokenizer() const { return impl->tokenizer; }
bool RowEncoder::specials() const { return impl->specials; }

void RowEncoder::Impl::text(int32_t row, const Tokens &tokens, EncodedRows &out) const {
  const size_t count = std::min(tokens.size(), longest - (specials ? 2 : 0));
  if (specials) {
    addSpecial(out, tokenizer.vocabulary().first(), 0);
  } else if (count == 0) {
    addSpecial(out, tokenizer.vocabulary().unknown(), 0); // no sequence may be empty
  }
  const size_t textBegin = out.ids.size();
  addTokens(out, tokens, 0, count, 0);
  if (specials) {
    addSpecial(out, tokenizer.vocabulary().separator(), 0);
  }
  finish(out, row, textBegin, count);
}

void RowEncoder::Impl::pair(int32_t row, const RowTokens &tokens, EncodedRows &out) const {
  // One token at a time off the longer text, off the second if they are equally long, as BERT's own code does.
  size_t first = tokens.first.size();
  size_t second = tokens.second.size();
  const size_t room = longest - 3;
  if (first + second > room) {
    // Down to equal lengths only the longer one is cut; from there on both take turns.
    if (2 * std::min(first, second) > room) {
      first = room - room / 2;
      second = room / 2;
    } else if (first > second) {
      first = room - second;
    } else {
      second = room - first;
    }
  }
  addSpecial(out, tokenizer.vocabulary().first(), 0);
  const size_t textBegin = out.ids.size();
  addTokens(out, tokens.first, 0, first, 0);
  addSpecial(out, tokenizer.vocabulary().separator(), 0);
  addUnplaced(out, tokens.second, second, 1);
  addSpecial(out, tokenizer.vocabulary().separator(), 1);
  finish(out, row, textBegin, first);
}

void RowEncoder::Impl::windows(int32_t row, const RowTokens &tokens, EncodedRows &out) const {
  const Tokens &context = tokens.first;
  const size_t question = std::min(tokens.second.size(), (longest - 3) / 2);
  const size_t room = longest - 3 - question;
  const size_t step = room - std::min(static_cast<size_t>(std::max<int64_t>(stride, 0)), room / 2);
  for (size_t begin = 0;; begin += step) {
    const size_t count = std::min(room, context.size() - begin);
    addSpecial(out, tokenizer.vocabulary().first(), 0);
    addUnplaced(out, tokens.second, question, 0);
    addSpecial(out, tokenizer.vocabulary().separator(), 0);
    const size_t textBegin = out.ids.size();
    addTokens(out, context, begin, count, 1);
    addSpecial(out, tokenizer.vocabulary().separator(), 1);
    finish(out, row, textBegin, count);
    if (begin + count >= context.size()) {
      return;
    }
  }
}

Result<void> RowEncoder::append(const Row &example, int32_t row, EncodedRows &out) const {
  thread_local RowTokens tokens;
  if (out.offsets.empty()) {
    out.offsets.push_back(0);
  }
  const bool tag = impl->kind == TaskKind::Tag;
  if (Result<void> done = tag ? impl->tokenizer.encodeCharacters(example.first, tokens.first)
                              : impl->tokenizer.encode(example.first, tokens.first);
      !done) {
    return fail(done);
  }
  const bool two = impl->kind == TaskKind::Pair || impl->kind == TaskKind::Span;
  if (two) {
    if (Result<void> done = impl->tokenizer.encode(example.second, tokens.second); !done) {
      return fail(done);
    }
  }
  // Windows overlap by half at most and repeat the question: at most four times the context.
  constexpr size_t kMostTokens = INT32_MAX / 4;
  if (tokens.first.size() + out.ids.size() > kMostTokens) {
    return fail(ErrorKind::BadInput, fmt::format("row {} is too long for one batch", render(example.id)));
  }
  if (impl->kind == TaskKind::Pair) {
    impl->pair(row, tokens, out);
  } else if (impl->kind == TaskKind::Span) {
    impl->windows(row, tokens, out);
  } else {
    impl->text(row, tokens.first, out);
  }
  return {};
}

} // namespace clew
