// The door through which fetch_test.py tries fetching: FetchDoor TASK.yaml DATA prints "SPLIT STATE URL" or "SPLIT error: ..." a split.
#include "suites/data/Fetch.h"

#include <cstdio>

using namespace clew;

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s TASK.yaml DATA\n", argv[0]);
    return 2;
  }
  const Result<Task> task = readTask(argv[1]);
  if (!task) {
    std::printf("%s\n", task.error().render().c_str());
    return 1;
  }
  DownloadOptions options;
  options.stallSeconds = 2;
  options.mostBytes = 4 << 20;
  int code = 0;
  for (const SplitFile &one : fetchTask(*task, argv[2], options)) {
    if (one.error) {
      std::printf("%s error: %s\n", one.split->name.c_str(), one.error->render().c_str());
      code = 1;
    } else {
      std::printf("%s %s %s\n", one.split->name.c_str(), std::string(nameOf(one.state)).c_str(),
                  one.fetchedFrom.c_str());
    }
  }
  return code;
}
