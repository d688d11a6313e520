// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/table.hpp"

#include "rpc/base/text.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

std::size_t width(const std::string &text) {
    // Continuation octets of UTF-8 take no column of their own.
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

void pad(std::string &line, const std::string &cell, std::size_t columns) {
    line += cell;
    line.append(columns - width(cell) + 2, ' ');
}

void end_line(std::string &text, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
}

} // namespace

std::string table(const std::vector<std::string> &header, const std::vector<std::vector<std::string>> &rows) {
    std::vector<std::vector<std::string>> lines{header};
    for (const auto &row : rows) {
        std::vector<std::string> cells;
        for (const std::string &cell : row)
            cells.push_back(cell.empty() ? "-" : printable(cell));
        lines.push_back(std::move(cells));
    }
    std::vector<std::size_t> columns(header.size());
    for (const auto &cells : lines)
        for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i)
            columns[i] = std::max(columns[i], width(cells[i]));
    std::string text;
    for (const auto &cells : lines) {
        std::string line;
        for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i)
            pad(line, cells[i], columns[i]);
        end_line(text, std::move(line));
    }
    return text;
}

std::string fields(const std::vector<std::pair<std::string, std::string>> &pairs) {
    std::size_t columns = 0;
    for (const auto &[key, value] : pairs)
        if (!value.empty())
            columns = std::max(columns, width(key));
    std::string text;
    for (const auto &[key, value] : pairs) {
        if (value.empty())
            continue;
        std::string line = "  ";
        pad(line, key, columns);
        end_line(text, line + printable(value));
    }
    return text;
}

} // namespace rpctls::tlsctl
