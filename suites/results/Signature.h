// Who says so of a record: an in-toto statement (https://in-toto.io/Statement/v1, predicate test-result v0.1) about its canonical bytes, signed with
// an SSH key or minisign by their own programs. A signature proves who, recomputation proves what: checks do both.
#pragma once

#include "suites/records/Record.h"

#include <string>
#include <string_view>

namespace clew {

/// The statement of a record, as JSON with sorted keys and no spaces: its subject is the record's digest, which is the sha256 of its canonical
/// bytes (Record::digest), its configuration what was measured, by hash, its passed test the task and split.
std::string statementOf(const Record &record);

/// How a record is signed.
struct SigningKey {
  std::string file;   ///< a private key of ssh-keygen (or the public one of a key that the agent holds), or of minisign
  std::string signer; ///< who: as in the list of signers
};

/// The text of a file of signatures: one JSON object {schema, statement, signer, with, signature}. The key's program may ask for a password.
/// Unavailable without it, BadInput when it does not sign, or for a signer's name with blanks or other than visible ASCII.
Result<std::string> signedEnvelope(const Record &record, const SigningKey &key);

/// What a signature is worth.
enum class Standing : uint8_t {
  Verified, ///< the statement is of this very record, and the signer's key made the signature
  Unknown, ///< the statement is of this record; nobody here knows the signer, or the program that verifies is not there
  Wrong,   ///< anything else
};
struct SignatureVerdict {
  Standing standing = Standing::Wrong;
  std::string signer; ///< as it is claimed
  std::string why;    ///< of what is not verified
};

/// Verifies a file of signatures. `signers` is a file of lines: those of ssh-keygen's allowed_signers ("NAME KEYTYPE KEY"), and "NAME minisign KEY"; none
/// if it is empty. Nothing that the envelope says of its key is believed.
SignatureVerdict verifySignature(const Record &record, std::string_view envelope, const std::string &signers);

} // namespace clew
