// An object that needs a function which generated code must not call.
double sin(double x);
double callsSin(double x) { return sin(x); }
