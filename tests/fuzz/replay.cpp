// SPDX-License-Identifier: LGPL-2.1-or-later
// Feeds a fuzz target the files it is given or, given none, its seeds and past crashes: any compiler will do.
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

std::vector<std::filesystem::path> stored_inputs() {
    std::vector<std::filesystem::path> inputs;
    for (const char *suffix : {".in", ".repro"}) {
        std::error_code missing;
        for (const auto &entry :
             std::filesystem::directory_iterator(FUZZ_TARGET + std::string(suffix), missing))
            inputs.push_back(entry.path());
    }
    std::sort(inputs.begin(), inputs.end());
    return inputs;
}

} // namespace

int main(int argc, char **argv) {
    std::vector<std::filesystem::path> inputs(argv + 1, argv + argc);
    if (inputs.empty())
        inputs = stored_inputs();
    for (const auto &path : inputs) {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "cannot read %s\n", path.c_str());
            return 1;
        }
        const std::string contents(std::istreambuf_iterator<char>(file), {});
        std::fprintf(stderr, "%s\n", path.c_str());
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t *>(contents.data()), contents.size());
    }
    if (inputs.empty())
        std::fprintf(stderr, "no inputs beside %s\n", FUZZ_TARGET);
    return inputs.empty() ? 1 : 0;
}
