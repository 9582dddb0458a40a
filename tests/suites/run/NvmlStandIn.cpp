// A library that looks like NVML (nvml.h) to suites/run/Energy: one GPU, which uses 1,500 mJ from read to read, or counts nothing.
#ifndef CLEW_COUNTS
#define CLEW_COUNTS 1
#endif

extern "C" {

int nvmlInit_v2() { return 0; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  static int gpu;
  *device = &gpu;
  return index == 0 ? 0 : 2; // NVML_ERROR_INVALID_ARGUMENT
}

int nvmlDeviceGetTotalEnergyConsumption(void *, unsigned long long *millijoules) {
  static unsigned long long used = 7;
  used += 1500;
  *millijoules = used;
  return CLEW_COUNTS ? 0 : 3; // NVML_ERROR_NOT_SUPPORTED
}
}
