#pragma once
// Changes rows of a log behind its back, as a fault in a program would.

#include <functional>
#include <string>
#include <string_view>

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace keyledger {

// `edit` gets the database in `directory` and its column family of that name; no log may be open.
void edit_database(const std::string& directory, std::string_view family,
                   const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& edit);

}  // namespace keyledger
