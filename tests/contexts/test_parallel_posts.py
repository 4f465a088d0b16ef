"""Twenty people at once: a context loses and doubles nothing, and its version only rises."""

from concurrent.futures import ThreadPoolExecutor

POSTS = 20


def test_parallel_posts_are_all_known_once(server, live_ada):
    conversation = live_ada.conversation(policy="parallel")
    versions = [version(live_ada, conversation)]

    with ThreadPoolExecutor(POSTS) as pool:
        posts = [pool.submit(live_ada.say, conversation, f"post {number}") for number in range(POSTS)]
        while not all(post.done() for post in posts):
            versions.append(version(live_ada, conversation))
    live_ada.settled(conversation, POSTS)
    versions.append(version(live_ada, conversation))

    assert [post.result().status_code for post in posts] == [202] * POSTS
    assert versions == sorted(versions)
    said = [one["id"] for one in live_ada.messages(conversation)]
    known = [one["id"] for one in context(live_ada, conversation)["messages"]]
    assert sorted(known) == sorted(said)
    assert len(set(known)) == len(known) == 2 * POSTS


def version(person, conversation):
    return context(person, conversation)["version"]


def context(person, conversation):
    answer = person.http.get(f"/api/v1/conversations/{conversation}/context/")
    assert answer.status_code == 200, answer.text
    return answer.json()
