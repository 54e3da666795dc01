// QuantLib's two ways to value an option on a forward, for `cargo xtask bench`.
//
//   quantlib METHOD INPUTS VALUES      METHOD: formula | calculator
//
// INPUTS: records of six doubles: forward, strike, volatility, years, rate, 1 for a call or -1 for a put.
// Writes one double a record to VALUES, prints "ready", then answers each line of standard input by valuing all records
// once and printing the processor seconds of this thread and the sum of the values.

#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/version.hpp>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct Record {
    double forward, strike, volatility, years, rate, sign;
};

// What an application would keep at hand: deviation and discount are worked out before the clock runs.
struct Option {
    QuantLib::Option::Type type;
    double strike, forward, deviation, discount;
};

double formula(const Option& o) {
    return QuantLib::blackFormula(o.type, o.strike, o.forward, o.deviation, o.discount);
}

double calculator(const Option& o) {
    return QuantLib::BlackCalculator(o.type, o.strike, o.forward, o.deviation, o.discount).value();
}

double seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

std::vector<Option> read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<Option> options;
    Record r{};
    while (file.read(reinterpret_cast<char*>(&r), sizeof r)) {
        const auto type = r.sign > 0 ? QuantLib::Option::Call : QuantLib::Option::Put;
        options.push_back({type, r.strike, r.forward, r.volatility * std::sqrt(r.years), std::exp(-r.rate * r.years)});
    }
    return options;
}

template <double (*value)(const Option&)>
void serve(const std::vector<Option>& options, const char* path) {
    std::vector<double> values;
    for (const Option& o : options) values.push_back(value(o));
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    std::cout << "ready " << QL_VERSION << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const double start = seconds();
        double sum = 0;
        for (const Option& o : options) sum += value(o);
        const double took = seconds() - start;
        std::printf("%.9f %.17g\n", took, sum);
        std::fflush(stdout);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    const auto options = read(arguments[2]);
    if (std::strcmp(arguments[1], "formula") == 0) {
        serve<formula>(options, arguments[3]);
    } else {
        serve<calculator>(options, arguments[3]);
    }
}
