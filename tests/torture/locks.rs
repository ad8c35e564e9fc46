//! A home folder on a file system without locks.

use crate::common::World;

#[test]
fn without_locks_everything_works_with_a_warning() {
    let mut world = World::new();
    world.mfa_process("cat code");
    world.set("MFA_SESSION_TEST_STEP", "lock=eio");
    let foreign = world.credentials();
    world.log_in().says("locks are not supported here");
    assert!(world.credentials().starts_with(&foreign));
    assert!(world.credentials().contains("[default-mfa]\n"));
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0)
        .says_not("locks");
    world.run(&["logout"]).exits(0);
    assert_eq!(world.credentials(), foreign);
    std::fs::write(world.root().join("code"), world.code()).unwrap();
    world
        .run(&["credential-process", "--profile", "default"])
        .exits(0)
        .says("has no locks");
    assert_eq!(world.leftovers(), Vec::<String>::new());
}
