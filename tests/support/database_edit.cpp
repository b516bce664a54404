#include "tests/support/database_edit.hpp"

#include "ledger/log/rocksdb_options.hpp"

#include <rocksdb/db.h>

#include <cstdlib>
#include <vector>

namespace keyledger {

void edit_database(const std::string& directory, std::string_view family,
                   const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle&)>& edit) {
    const auto families =
        column_families(OpenOptions{}, std::make_shared<const LedgerTime>(Timestamp{}));
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(rocksdb::DBOptions(), directory, families, &handles, &opened).ok())
        std::abort();
    const std::unique_ptr<rocksdb::DB> database(opened);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        if (handle->GetName() == family) edit(*database, *handle);
        if (!database->DestroyColumnFamilyHandle(handle).ok()) std::abort();
    }
}

}  // namespace keyledger
