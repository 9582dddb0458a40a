// Drives libcurl. What the server answers decides where bytes go: 206 goes on, 200 begins again, anything else is not written.
#include "suites/data/Download.h"

#include "runtime/base/AtomicFile.h"

#include <curl/curl.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace clew {
namespace {

namespace fs = std::filesystem;

/// What goes on between the callbacks of one request.
struct Transfer {
  Transfer(const std::string &url, const std::string &part, const DownloadOptions &options)
      : url(url), part(part), options(options) {}

  CURL *curl = nullptr;
  const std::string &url;
  const std::string &part;
  const DownloadOptions &options;
  int descriptor = -1;
  int64_t had = 0;     ///< bytes of an earlier run
  int64_t written = 0; ///< bytes in the part
  bool begun = false;  ///< the first byte of the answer has come
  bool resumed = false;
  std::string tag;     ///< strong ETag of the answer
  std::string date;    ///< Last-Modified
  std::string range;   ///< Content-Range
  std::string problem; ///< why we stopped
};

/// The validator that a part was begun with: the first line of .from is the URL, the second the validator.
std::string validatorOf(const std::string &part, const std::string &url) {
  std::ifstream file(part + ".from");
  std::string from;
  std::string validator;
  return std::getline(file, from) && std::getline(file, validator) && from == url ? validator : "";
}

size_t takeHeader(char *data, size_t, size_t size, void *user) {
  Transfer &transfer = *static_cast<Transfer *>(user);
  std::string_view line(data, size);
  line = line.substr(0, line.find_last_not_of("\r\n") + 1);
  if (line.starts_with("HTTP/")) {
    transfer.tag.clear(); // of a redirect
    transfer.date.clear();
    transfer.range.clear();
    return size;
  }
  const auto value = [&](std::string_view name, std::string &out) {
    if (line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0) {
      const size_t begin = line.find_first_not_of(" \t", name.size());
      out = begin == std::string_view::npos ? "" : std::string(line.substr(begin));
    }
  };
  value("etag:", transfer.tag);
  value("last-modified:", transfer.date);
  value("content-range:", transfer.range);
  return size;
}

/// Makes the part fit the answer: keeps what is there for 206, empties it for 200. False if the answer is of no use.
bool begin(Transfer &transfer) {
  long code = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &code);
  if (code != 200 && code != 206) {
    return true; // the body of an error page; takeBody drops it
  }
  transfer.begun = true;
  if (code == 206) {
    if (!transfer.range.starts_with("bytes " + std::to_string(transfer.had) + "-")) {
      transfer.problem = "the server sent another range than was asked for: " + transfer.range;
      return false;
    }
    transfer.resumed = transfer.had > 0;
    transfer.written = transfer.had;
    return true;
  }
  transfer.written = 0;
  if (::ftruncate(transfer.descriptor, 0) != 0 || ::lseek(transfer.descriptor, 0, SEEK_SET) != 0) {
    transfer.problem = std::string("cannot empty the part: ") + std::strerror(errno);
    return false;
  }
  const std::string &validator = transfer.tag.empty() || transfer.tag.starts_with("W/") ? transfer.date : transfer.tag;
  const Result<void> kept = writeFileAtomically(transfer.part + ".from", transfer.url + "\n" + validator + "\n");
  if (!kept) {
    transfer.problem = kept.error().message;
  }
  return kept.has_value();
}

size_t takeBody(char *data, size_t, size_t size, void *user) {
  Transfer &transfer = *static_cast<Transfer *>(user);
  if (!transfer.begun && !begin(transfer)) {
    return 0;
  }
  if (!transfer.begun) {
    return size;
  }
  if (transfer.written + static_cast<int64_t>(size) > transfer.options.mostBytes) {
    transfer.problem = "the file is larger than " + std::to_string(transfer.options.mostBytes) + " bytes";
    return 0;
  }
  for (size_t done = 0; done < size;) {
    const ssize_t wrote = ::write(transfer.descriptor, data + done, size - done);
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      transfer.problem = std::string("cannot write the part: ") + std::strerror(errno);
      return 0;
    }
    done += static_cast<size_t>(wrote);
  }
  transfer.written += static_cast<int64_t>(size);
  return size;
}

int takeProgress(void *user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  const Transfer &transfer = *static_cast<const Transfer *>(user);
  if (transfer.options.progress && transfer.begun) {
    transfer.options.progress(transfer.written, total > 0 ? total + (transfer.resumed ? transfer.had : 0) : 0);
  }
  return 0;
}

void configure(Transfer &transfer, char *message) {
  CURL *curl = transfer.curl;
  curl_easy_setopt(curl, CURLOPT_URL, transfer.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(transfer.options.stallSeconds));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "clew");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, takeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, takeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, takeProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

/// What the end of a request means.
Result<bool> conclude(Transfer &transfer, CURLcode code, const char *message) {
  if (!transfer.problem.empty()) {
    const bool tooLarge = transfer.problem.starts_with("the file is larger");
    return fail(tooLarge ? ErrorKind::BadInput : ErrorKind::Io, transfer.problem, transfer.url);
  }
  if (code != CURLE_OK) {
    const bool badUrl = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    return fail(badUrl ? ErrorKind::BadInput : ErrorKind::Io, *message ? message : curl_easy_strerror(code),
                transfer.url);
  }
  long status = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200 && status != 206) {
    const bool gone = status == 404 || status == 410;
    return fail(gone ? ErrorKind::NotFound : ErrorKind::Io, "the server answers with status " + std::to_string(status),
                transfer.url);
  }
  if (!transfer.begun && !begin(transfer)) { // an empty file
    return fail(ErrorKind::Io, transfer.problem, transfer.url);
  }
  return transfer.resumed;
}

Result<bool> request(Transfer &transfer) {
  char message[CURL_ERROR_SIZE] = "";
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) {
    return fail(ErrorKind::Internal, "libcurl does not start", transfer.url);
  }
  transfer.curl = curl.get();
  configure(transfer, message);
  const std::string validator = validatorOf(transfer.part, transfer.url);
  transfer.had = ::lseek(transfer.descriptor, 0, SEEK_END);
  curl_slist *headers = nullptr;
  if (transfer.had > 0 && !validator.empty()) {
    headers = curl_slist_append(headers, ("Range: bytes=" + std::to_string(transfer.had) + "-").c_str());
    headers = curl_slist_append(headers, ("If-Range: " + validator).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
  }
  const CURLcode code = curl_easy_perform(curl.get());
  curl_slist_free_all(headers);
  return conclude(transfer, code, message);
}

} // namespace

void discardPart(const std::string &part) {
  std::error_code ignored;
  fs::remove(part, ignored);
  fs::remove(part + ".from", ignored);
}

Result<bool> download(const std::string &url, const std::string &part, const DownloadOptions &options) {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!started) {
    return fail(ErrorKind::Internal, "libcurl does not start", url);
  }
  for (int attempt = 0;; ++attempt) {
    const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (descriptor < 0) {
      return fail(ErrorKind::Io, std::string("cannot write: ") + std::strerror(errno), part);
    }
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(descriptor);
      return fail(ErrorKind::BadInput, "expected a regular file", part);
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      ::close(descriptor);
      return fail(ErrorKind::Io, "another download is writing this file", part);
    }
    Transfer transfer(url, part, options);
    transfer.descriptor = descriptor;
    Result<bool> done = request(transfer);
    ::close(descriptor);
    // A part that is whole or too long gets 416, or a range that is not ours: begin again, once.
    if (!done && transfer.had > 0 && !transfer.begun && attempt == 0 &&
        done.error().message.find("status 416") != std::string::npos) {
      discardPart(part);
      continue;
    }
    return done;
  }
}

} // namespace clew
