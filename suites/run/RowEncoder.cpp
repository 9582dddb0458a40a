// Rows to token sequences: where the special tokens stand, what is cut when a row is too long, and how long contexts become windows.
#include "suites/run/RowEncoder.h"

#include "suites/run/InputFeed.h"

#include <fmt/format.h>

#include <algorithm>

namespace clew {

/// Tokens of one sequence and the texts of a row, kept from row to row by each thread.
struct RowTokens {
  SequenceTexts texts;
  Tokens first;
  Tokens second;
};

struct RowEncoder::Impl {
  const TaskKind *kind;
  int64_t stride;
  std::shared_ptr<const Tokenizer> tokenizer;
  size_t longest;

  void text(int32_t row, const Tokens &tokens, EncodedRows &out) const;
  void pair(int32_t row, const RowTokens &tokens, EncodedRows &out) const;
  void windows(int32_t row, const RowTokens &tokens, EncodedRows &out) const;
  Result<void> tokenize(const SequenceTexts::One &texts, const SequenceTexts::One *before, RowTokens &tokens) const;
  void add(int32_t row, const RowTokens &tokens, EncodedRows &out) const;
};

namespace {

using Form = std::vector<FormPiece>;

/// Some of a text's tokens, for its place in a form.
struct Filling {
  const Tokens &tokens;
  size_t first = 0;
  size_t count = 0;
  bool isJudged = false; ///< its tokens keep their places in the text
};

size_t specialsOf(const Form &form) {
  return static_cast<size_t>(std::ranges::count(form, TextPiece::Kind::Token, &FormPiece::kind));
}

void addSpecial(EncodedRows &out, const Tokenizer &tokenizer, int32_t id, int32_t segment) {
  out.ids.push_back(id);
  out.segments.push_back(segment);
  out.begins.push_back(-1);
  out.ends.push_back(-1);
  if (tokenizer.characterIds() > 0) {
    tokenizer.appendCharacters(id, out.characters);
    out.characterOffsets.push_back(static_cast<int32_t>(out.characters.size()));
  }
}

/// The characters of tokens first .. last - 1, if tokens have some.
void addCharacters(EncodedRows &out, const Tokens &tokens, size_t first, size_t last) {
  if (tokens.characterEnds.empty() || first == last) {
    return;
  }
  const int32_t from = first == 0 ? 0 : tokens.characterEnds[first - 1];
  const int32_t moved = static_cast<int32_t>(out.characters.size()) - from;
  out.characters.insert(out.characters.end(), tokens.characters.begin() + from,
                        tokens.characters.begin() + tokens.characterEnds[last - 1]);
  for (size_t i = first; i < last; ++i) {
    out.characterOffsets.push_back(tokens.characterEnds[i] + moved);
  }
}

void addTokens(EncodedRows &out, const Filling &filling, int32_t segment) {
  const auto first = static_cast<std::ptrdiff_t>(filling.first);
  const auto last = static_cast<std::ptrdiff_t>(filling.first + filling.count);
  const Tokens &tokens = filling.tokens;
  out.ids.insert(out.ids.end(), tokens.ids.begin() + first, tokens.ids.begin() + last);
  if (filling.isJudged) {
    out.begins.insert(out.begins.end(), tokens.begins.begin() + first, tokens.begins.begin() + last);
    out.ends.insert(out.ends.end(), tokens.ends.begin() + first, tokens.ends.begin() + last);
  } else {
    out.begins.insert(out.begins.end(), filling.count, -1);
    out.ends.insert(out.ends.end(), filling.count, -1);
  }
  out.segments.insert(out.segments.end(), filling.count, segment);
  addCharacters(out, tokens, filling.first, filling.first + filling.count);
}

/// Appends a sequence: the form with its texts. `first` or `second` is what is judged. No sequence may be empty: such a one is
/// the tokenizer's unknown token, of which nothing is judged.
void addSequence(EncodedRows &out, const Form &form, const Filling &first, const Filling &second,
                 const Tokenizer &tokenizer, int32_t row) {
  const size_t before = out.ids.size();
  size_t textBegin = before;
  for (const FormPiece &piece : form) {
    if (piece.kind == TextPiece::Kind::Token) {
      addSpecial(out, tokenizer, piece.id, piece.segment);
      continue;
    }
    const Filling &filling = piece.kind == TextPiece::Kind::First ? first : second;
    textBegin = filling.isJudged ? out.ids.size() : textBegin;
    addTokens(out, filling, piece.segment);
  }
  if (out.ids.size() == before) {
    addSpecial(out, tokenizer, tokenizer.unknown(), 0);
    textBegin = out.ids.size();
  }
  const size_t judged = first.isJudged ? first.count : second.count;
  out.sequences.push_back({row, static_cast<int32_t>(textBegin), static_cast<int32_t>(judged)});
  out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
}

} // namespace

/// Before the first sequence: where it begins.
static void beginRows(EncodedRows &out) {
  if (out.offsets.empty()) {
    out.clear();
  }
}

void EncodedRows::clear() {
  ids.clear();
  segments.clear();
  offsets.assign(1, 0);
  sequences.clear();
  begins.clear();
  ends.clear();
  characters.clear();
  characterOffsets.assign(1, 0);
}

Result<RowEncoder> RowEncoder::create(const Task &task, std::shared_ptr<const Tokenizer> tokenizer, int64_t longest) {
  const Form &form = task.kind->sequence.hasOther() ? tokenizer->form().pair : tokenizer->form().single;
  if (form.empty()) {
    return fail(ErrorKind::Unsupported,
                fmt::format("the model reads one text at a time; '{}' is of the kind {}, which has two", task.name,
                            task.kind->name));
  }
  // A row with windows needs a few tokens each of question and window, so that windows move on.
  const int64_t least = static_cast<int64_t>(specialsOf(form)) + (task.kind->sequence.hasWindows() ? 5 : 1);
  if (longest < least || longest > INT32_MAX) {
    return fail(ErrorKind::BadInput,
                fmt::format("a row of the task '{}' needs room for {} tokens, found {}", task.name, least, longest));
  }
  RowEncoder encoder;
  encoder.impl =
      std::make_shared<Impl>(Impl{task.kind, task.stride, std::move(tokenizer), static_cast<size_t>(longest)});
  return encoder;
}

const std::shared_ptr<const Tokenizer> &RowEncoder::tokenizer() const { return impl->tokenizer; }

void RowEncoder::Impl::text(int32_t row, const Tokens &tokens, EncodedRows &out) const {
  const Form &form = tokenizer->form().single;
  const size_t count = std::min(tokens.size(), longest - specialsOf(form));
  addSequence(out, form, {tokens, 0, count, true}, {tokens}, *tokenizer, row);
}

void RowEncoder::Impl::pair(int32_t row, const RowTokens &tokens, EncodedRows &out) const {
  // One token at a time off the longer text, off the second if they are equally long, as BERT's own code does.
  const Form &form = tokenizer->form().pair;
  size_t first = tokens.first.size();
  size_t second = tokens.second.size();
  const size_t room = longest - specialsOf(form);
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
  addSequence(out, form, {tokens.first, 0, first, true}, {tokens.second, 0, second}, *tokenizer, row);
}

void RowEncoder::Impl::windows(int32_t row, const RowTokens &tokens, EncodedRows &out) const {
  const bool alone = !kind->sequence.hasOther(); // no question stands before the windows
  const Form &form = alone ? tokenizer->form().single : tokenizer->form().pair;
  const size_t all = longest - specialsOf(form);
  const size_t question = alone ? 0 : std::min(tokens.second.size(), all / 2);
  const size_t room = all - question;
  const size_t step = room - std::min(static_cast<size_t>(std::max<int64_t>(stride, 0)), room / 2);
  for (size_t begin = 0;; begin += step) {
    const size_t count = std::min(room, tokens.first.size() - begin);
    const Filling window{tokens.first, begin, count, true};
    if (alone) {
      addSequence(out, form, window, {tokens.second}, *tokenizer, row);
    } else {
      addSequence(out, form, {tokens.second, 0, question}, window, *tokenizer, row);
    }
    if (begin + count >= tokens.first.size()) {
      return;
    }
  }
}

void RowEncoder::appendUnknown(int64_t count, EncodedRows &out) const {
  beginRows(out);
  const auto first = static_cast<int32_t>(out.ids.size());
  for (int64_t i = 0; i < count; ++i) {
    addSpecial(out, *impl->tokenizer, impl->tokenizer->unknown(), 0);
  }
  out.sequences.push_back({0, first, 0});
  out.offsets.push_back(static_cast<int32_t>(out.ids.size()));
}

/// A text that the sequence before had in the same place (a context of many choices) is not cut into tokens again.
Result<void> RowEncoder::Impl::tokenize(const SequenceTexts::One &texts, const SequenceTexts::One *before,
                                        RowTokens &tokens) const {
  const auto isSame = [](std::string_view a, std::string_view b) {
    return a.data() == b.data() && a.size() == b.size();
  };
  if (!before || !isSame(before->text, texts.text)) {
    tokens.first.clear(); // they may be another tokenizer's
    const bool characters = kind->sequence.shape == SequenceForm::Shape::Characters;
    if (Result<void> done = characters ? tokenizer->encodeCharacters(texts.text, tokens.first)
                                       : tokenizer->encode(texts.text, tokens.first);
        !done) {
      return done;
    }
  }
  if (!before || !isSame(before->other, texts.other)) {
    tokens.second.clear();
    return kind->sequence.hasOther() ? tokenizer->encode(texts.other, tokens.second) : Result<void>();
  }
  return {};
}

void RowEncoder::Impl::add(int32_t row, const RowTokens &tokens, EncodedRows &out) const {
  switch (kind->sequence.shape) {
  case SequenceForm::Shape::OneText:
  case SequenceForm::Shape::Characters:
    text(row, tokens.first, out);
    break;
  case SequenceForm::Shape::TwoTexts:
    pair(row, tokens, out);
    break;
  case SequenceForm::Shape::Windows:
  case SequenceForm::Shape::Pieces:
    windows(row, tokens, out);
    break;
  }
}

Result<void> RowEncoder::append(const Row &example, int32_t row, EncodedRows &out) const {
  thread_local RowTokens tokens;
  tokens.texts.clear();
  beginRows(out);
  impl->kind->textsOf(example, static_cast<int64_t>(impl->longest), tokens.texts);
  const SequenceTexts::One *before = nullptr;
  for (const SequenceTexts::One &texts : tokens.texts.sequences) {
    if (Result<void> done = impl->tokenize(texts, before, tokens); !done) {
      return done;
    }
    before = &texts;
    // Windows overlap by half at most and repeat the question: at most four times the context.
    constexpr size_t kMostTokens = INT32_MAX / 4;
    const size_t characterCount = tokens.first.characters.size() + out.characters.size();
    if (std::max(tokens.first.size() + out.ids.size(), characterCount) > kMostTokens) {
      return fail(ErrorKind::BadInput, fmt::format("row {} is too long for one batch", render(example.id)));
    }
    impl->add(row, tokens, out);
  }
  return {};
}

std::optional<std::string> cannotRead(const Model &model, const Task &task) {
  if (std::optional<std::string> why = InputFeed::missing(model)) {
    return why;
  }
  if (!task.kind->sequence.hasOther() || !model.text.pair.empty()) {
    return std::nullopt;
  }
  return fmt::format("it reads one text at a time, and a row of the kind {} has two", task.kind->name);
}

} // namespace clew
