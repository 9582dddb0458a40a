// The words that CMRC2018's official script compares answers by: Chinese characters one by one, everything else as English words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clew {

/// The text in lower case, without white space at its ends and without the script's 30 punctuation marks (which hold neither '.', ',', '"'
/// nor the ellipsis). Two answers match exactly when these are equal. Malformed UTF-8 becomes U+FFFD.
std::u32string cmrcNormalized(std::string_view text);

/// Segments of a normalized text: each of U+4E00..U+9FA5 alone; runs of other characters cut by englishWords.
std::vector<std::u32string> cmrcSegments(std::u32string_view normalized);

/// Words by the conventions of the Penn Treebank as NLTK 3.9's word tokenizer applies them to one sentence (the script calls
/// nltk.word_tokenize). The text is in lower case and free of the marks that cmrcNormalized removes. Sentences are not split first: inside an
/// answer's Latin run that would matter only for a full stop followed by more Latin text.
std::vector<std::u32string> englishWords(std::u32string_view text);

} // namespace clew
