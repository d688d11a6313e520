// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rpctls::tlsctl {

/// Rows under a header in aligned columns, two blanks between, none at the ends of lines. An empty cell becomes "-".
/// Widths count characters, not octets. Cells are made printable: they may come from a certificate.
std::string table(const std::vector<std::string> &header, const std::vector<std::vector<std::string>> &rows);

/// "  key  value" lines with the values aligned; pairs with an empty value are left out.
std::string fields(const std::vector<std::pair<std::string, std::string>> &pairs);

} // namespace rpctls::tlsctl
