// ByteAlphabet: byte-level BPE writes each byte as a character that can be seen (Radford et al. 2019, "Language Models are Unsupervised
// Multitask Learners", and the code released with it): printable Latin-1 stands for itself, the other 68 bytes are U+0100 and on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clew {

/// The character that stands for a byte.
char32_t characterOfByte(unsigned char byte);

/// The byte for which a character stands, or -1.
int byteOfCharacter(char32_t c);

/// A token as a vocabulary has it, for people: the text that its bytes are, or the token itself where it is no such text. Bytes that are no
/// UTF-8 are kept as they are.
std::string bytesOf(std::string_view token);

} // namespace clew
